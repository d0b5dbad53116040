"""How an alarm is judged: by its periods, M of N, and what is missing."""

from typing import Any

import pytest

from slipway.sandbox.aws.metric_alarms import state

CASES: list[tuple[list[float | None], dict[str, Any], str]] = [
    ([5.0], {}, "ALARM"),
    ([0.0], {}, "OK"),
    ([None], {}, "INSUFFICIENT_DATA"),
    ([None], {"TreatMissingData": "notBreaching"}, "OK"),
    ([None], {"TreatMissingData": "breaching"}, "ALARM"),
    ([None], {"TreatMissingData": "ignore"}, ""),
    ([5.0, 0.0, 5.0], {"DatapointsToAlarm": 2}, "ALARM"),
    ([5.0, 0.0, 5.0], {}, "OK"),
    ([5.0, None], {"TreatMissingData": "breaching"}, "ALARM"),
    ([0.0], {"ComparisonOperator": "LessThanThreshold"}, "ALARM"),
]


@pytest.mark.parametrize(("values", "changes", "expected"), CASES)
def test_a_state_follows_from_the_periods(values: list[float | None], changes: dict[str, Any], expected: str) -> None:
    """The threshold is 1, to be reached or passed; every period counts unless DatapointsToAlarm says less."""
    alarm = {"Threshold": 1, "ComparisonOperator": "GreaterThanOrEqualToThreshold", **changes}
    assert state(values, alarm) == expected
