"""How CloudWatch judges a metric alarm: by each period, M of N, with what is missing treated as the alarm says.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html. The emulator takes points of all
dimensions together and leaves an alarm as it is where there are none.
"""

import time
from collections.abc import Callable, Sequence
from typing import Any

COMPARED: dict[str, Callable[[float, float], bool]] = {
    "GreaterThanOrEqualToThreshold": lambda value, threshold: value >= threshold,
    "GreaterThanThreshold": lambda value, threshold: value > threshold,
    "LessThanThreshold": lambda value, threshold: value < threshold,
    "LessThanOrEqualToThreshold": lambda value, threshold: value <= threshold,
}
UNSET = "INSUFFICIENT_DATA"


def state(values: Sequence[float | None], alarm: dict[str, Any]) -> str:
    """The state after some periods, each with its value or None where nothing came; "" to leave it as it is."""
    compared = COMPARED[alarm["ComparisonOperator"]]
    breaches = [None if value is None else compared(value, alarm.get("Threshold", 0)) for value in values]
    treatment = alarm.get("TreatMissingData") or "missing"
    if all(breach is None for breach in breaches) and treatment in ("missing", "ignore"):
        return UNSET if treatment == "missing" else ""
    filled = [treatment == "breaching" if breach is None else breach for breach in breaches]
    return "ALARM" if sum(filled) >= (alarm.get("DatapointsToAlarm") or len(filled)) else "OK"


def install(cloudwatch: Any, now: Callable[[], float] = time.time) -> None:  # noqa: ANN401 - the emulator's module
    """Let the emulator judge so, whenever a metric comes and whenever alarms are looked at."""
    record, describe = cloudwatch.record_metric, cloudwatch._describe_alarms

    def evaluate(alarm: dict[str, Any]) -> None:
        if alarm.get("ComparisonOperator") not in COMPARED or not alarm.get("MetricName"):
            return
        values = [_value(cloudwatch, alarm, points) for points in _periods(cloudwatch, alarm, now())]
        _turn(cloudwatch, alarm, state(values, alarm), values)

    def recorded(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - passed through
        result = record(*args, **kwargs)
        cloudwatch._evaluate_all_alarms()
        return result

    def described(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - passed through
        cloudwatch._evaluate_all_alarms()
        return describe(*args, **kwargs)

    cloudwatch._evaluate_alarm = evaluate
    cloudwatch.record_metric, cloudwatch._describe_alarms = recorded, described


def _periods(cloudwatch: Any, alarm: dict[str, Any], now: float) -> list[list[Any]]:  # noqa: ANN401
    """The alarm's points, a list for each of its periods, the latest first."""
    dimensions = alarm.get("Dimensions") or []
    key = cloudwatch._dims_key(cloudwatch._dims_from_list(dimensions))
    points = cloudwatch._metrics.get((alarm.get("Namespace"), alarm["MetricName"], key)) or []
    length = int(alarm.get("Period") or 60)
    periods: list[list[Any]] = [[] for _ in range(int(alarm.get("EvaluationPeriods") or 1))]
    for point in points:
        at = int((now - point["Timestamp"]) // length)
        if 0 <= at < len(periods):
            periods[at].append(point)
    return periods


def _value(cloudwatch: Any, alarm: dict[str, Any], points: list[Any]) -> float | None:  # noqa: ANN401
    if not points:
        return None
    statistic = alarm.get("ExtendedStatistic") or alarm.get("Statistic") or "Average"
    return cloudwatch._stat_value(cloudwatch._calc_stats(points), statistic, points)


def _turn(cloudwatch: Any, alarm: dict[str, Any], new: str, values: Sequence[float | None]) -> None:  # noqa: ANN401
    old = alarm["StateValue"]
    if new in ("", old):
        return
    present = [value for value in values if value is not None]
    many = f"{len(present)} datapoint{'s' if len(present) != 1 else ''} [{', '.join(map(str, present))}]"
    relation = "was" if new == "ALARM" else "was not"
    reason = (
        f"Threshold Crossed: {many} {relation} breaching the threshold ({alarm.get('Threshold')})."
        if present
        else "Insufficient Data: no datapoints were received."
    )
    alarm |= {"StateValue": new, "StateReason": reason, "StateUpdatedTimestamp": int(time.time())}
    cloudwatch._record_history(alarm["AlarmName"], old, new, reason)
    cloudwatch._dispatch_alarm_actions(alarm, old, new, reason)
    cloudwatch._evaluate_parent_alarms(alarm)
