"""What a row's conditions read of a resource's inputs."""

from typing import Any

import pytest

from slipway.catalog.model import Condition, Days, value_at
from slipway.wire.signatures import SECRET, SIGNATURE, UNKNOWN

HIDDEN = {SIGNATURE: SECRET, "value": "hush"}


@pytest.mark.parametrize(
    ("inputs", "value"),
    [
        ({"a": {"b": 1}}, 1),
        ({"a": [{"b": 1}, {"b": 2}]}, 1),
        ({"a": []}, None),
        ({"a": 3}, None),
        ({}, None),
        ({"a": UNKNOWN}, UNKNOWN),
        ({"a": HIDDEN}, HIDDEN),
    ],
)
def test_a_path_leads_through_objects_and_lists_of_one(inputs: dict[str, Any], value: object):
    """None where nothing stands; what cannot be read as it is."""
    assert value_at(inputs, "a.b") == value


@pytest.mark.parametrize(
    ("given", "holds"), [(True, True), (False, False), (None, True), (UNKNOWN, None), (HIDDEN, None)]
)
def test_a_condition_takes_the_providers_default(given: object, holds: bool | None):
    """And is undecided where the input cannot be read."""
    inputs = {} if given is None else {"deletionProtection": given}
    assert Condition(path="deletionProtection", values=(True,), default=True).holds(inputs) is holds


@pytest.mark.parametrize(
    ("given", "days"),
    [(86400, 1), ("172800s", 2), ("86400", 1), (None, 7), ("soon", 7), (UNKNOWN, 7), (HIDDEN, 7), (0, 0)],
)
def test_days_are_counted_in_the_inputs_unit(given: object, days: float):
    """Google writes durations with an s behind; the provider's default counts where no number can be read."""
    inputs = {} if given is None else {"retention": given}
    assert Days(path="retention", default=7 * 86400, per_day=86400).of(inputs) == days
