"""The three alarms of a Lambda function: it fails, it is turned away, it is about to run out of time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
from pulumi_aws import cloudwatch

PERIOD = 300
"""Seconds over which a metric is judged."""
DURATION_SHARE = 0.8
"""The share of the timeout above which a run is too long."""


@dataclass(frozen=True)
class Watched:
    """A metric of the namespace AWS/Lambda and the message when it is over its threshold."""

    metric: str
    statistic: str
    says: str


ALARMS = {
    "errors": Watched("Errors", "Sum", "an invocation failed"),
    "throttles": Watched("Throttles", "Sum", "an invocation was turned away: the concurrency is used up"),
    "duration": Watched("Duration", "Maximum", f"an invocation took more than {DURATION_SHARE:.0%} of its timeout"),
}


def function_alarms(
    name: str,
    *,
    function_name: str,
    timeout: int,
    actions: Sequence[pulumi.Input[str]],
    labels: Mapping[str, str],
    opts: pulumi.ResourceOptions,
) -> None:
    """Declare the alarms of one function; ``timeout`` in seconds, the metric's duration in milliseconds."""
    thresholds = {"errors": 0, "throttles": 0, "duration": timeout * 1000 * DURATION_SHARE}
    for what, watched in ALARMS.items():
        cloudwatch.MetricAlarm(
            f"{name}-{what}",
            name=f"{function_name}-{what}",
            alarm_description=f"{function_name}: {watched.says}",
            namespace="AWS/Lambda",
            metric_name=watched.metric,
            dimensions={"FunctionName": function_name},
            statistic=watched.statistic,
            period=PERIOD,
            evaluation_periods=1,
            comparison_operator="GreaterThanThreshold",
            threshold=thresholds[what],
            # No invocation is no failure.
            treat_missing_data="notBreaching",
            alarm_actions=list(actions) or None,
            tags=dict(labels),
            opts=opts,
        )
