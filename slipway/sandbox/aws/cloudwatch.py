"""CloudWatch alarms on one metric, and dashboards."""

import json
import re

from slipway.sandbox.aws import policies, tags
from slipway.sandbox.aws.clients import Aws
from slipway.sandbox.aws.errors import refusals, unless_gone
from slipway.sandbox.handler import Calls, CloudError, Handler, Props

_CHOICES = {
    "comparisonOperator": (
        "GreaterThanOrEqualToThreshold", "GreaterThanThreshold", "LessThanThreshold", "LessThanOrEqualToThreshold",
        "LessThanLowerOrGreaterThanUpperThreshold", "LessThanLowerThreshold", "GreaterThanUpperThreshold",
    ),
    "statistic": ("SampleCount", "Average", "Sum", "Minimum", "Maximum"),
    "treatMissingData": ("breaching", "notBreaching", "ignore", "missing"),
}  # fmt: skip
_UNSERVED = ("metricQueries", "thresholdMetricId", "evaluationCriteria", "evaluationWindow", "warmUpConfiguration",
             "evaluationInterval")  # fmt: skip
_REQUIRED = ("comparisonOperator", "evaluationPeriods", "metricName", "namespace", "period")
_DAY = 86_400
_DASHBOARD = re.compile(r"^[A-Za-z0-9_-]{1,255}$")


def check_alarm(new: Props) -> dict[str, str]:
    """What CloudWatch refuses of an alarm:
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html.
    """
    wrong = {key: f"the sandbox serves alarms on one metric, without {key}" for key in _UNSERVED if new.get(key)}
    for key, allowed in _CHOICES.items():
        if new.get(key) not in (None, *allowed):
            quoted = " ".join(f'"{one}"' for one in allowed)
            wrong[key] = f"expected {key} to be one of [{quoted}], got {new[key]}"
    wrong |= _check_time(new)
    if new.get("statistic") and new.get("extendedStatistic"):
        wrong["statistic"] = '"statistic": conflicts with extendedStatistic'
    if len(new.get("name") or "") > 255:
        wrong["name"] = "expected length of name to be in the range (1 - 255)"
    return wrong


def alarm_defaults(new: Props) -> Props:
    """The provider's defaults."""
    return {"actionsEnabled": True, "treatMissingData": "missing", **new}


def create_alarm(aws: Aws, new: Props) -> tuple[str, Props]:
    """Put the alarm; one of the same name is replaced, as CloudWatch does."""
    name = new["name"]
    aws.in_region(new)
    return name, _put_alarm(aws, name, new, f"creating CloudWatch Metric Alarm ({name})")


def read_alarm(aws: Aws, id: str) -> Props | None:
    """The alarm as CloudWatch has it."""
    client = aws.client("cloudwatch")
    with refusals(f"reading CloudWatch Metric Alarm ({id})"):
        alarms = client.describe_alarms(AlarmNames=[id])["MetricAlarms"]
        if not alarms:
            return None
        there = alarms[0]
        carried = tags.mapped(client.list_tags_for_resource(ResourceARN=there["AlarmArn"])["Tags"])
    return {
        "name": there["AlarmName"],
        "actionsEnabled": there["ActionsEnabled"],
        "alarmActions": there.get("AlarmActions", []),
        "okActions": there.get("OKActions", []),
        "insufficientDataActions": there.get("InsufficientDataActions", []),
        "alarmDescription": there.get("AlarmDescription", ""),
        "comparisonOperator": there["ComparisonOperator"],
        "datapointsToAlarm": there.get("DatapointsToAlarm"),
        "dimensions": {one["Name"]: one["Value"] for one in there.get("Dimensions", [])},
        "evaluationPeriods": there["EvaluationPeriods"],
        "extendedStatistic": there.get("ExtendedStatistic"),
        "metricName": there["MetricName"],
        "namespace": there["Namespace"],
        "period": there["Period"],
        "statistic": None if there.get("ExtendedStatistic") else there.get("Statistic"),
        "threshold": there["Threshold"],
        "treatMissingData": there.get("TreatMissingData", "missing"),
        "unit": there.get("Unit"),
        "region": aws.region,
        "arn": there["AlarmArn"],
        **tags.incoming(carried),
    }


def update_alarm(aws: Aws, id: str, _old: Props, new: Props) -> Props:
    """Put the changed alarm; its state and history stay."""
    client, doing = aws.client("cloudwatch"), f"updating CloudWatch Metric Alarm ({id})"
    there = _put_alarm(aws, id, new, doing)
    with refusals(doing):
        carried = tags.mapped(client.list_tags_for_resource(ResourceARN=there["arn"])["Tags"])
        tags.replace(
            carried,
            new,
            put=lambda changed: client.tag_resource(ResourceARN=there["arn"], Tags=tags.listed(changed)),
            remove=lambda keys: client.untag_resource(ResourceARN=there["arn"], TagKeys=keys),
        )
    return read_alarm(aws, id) or {}


def delete_alarm(aws: Aws, id: str, _old: Props) -> None:
    """Delete the alarm."""
    with refusals(f"deleting CloudWatch Metric Alarm ({id})"):
        unless_gone(aws.client("cloudwatch").delete_alarms, AlarmNames=[id])


def check_dashboard(new: Props) -> dict[str, str]:
    """What CloudWatch refuses of a dashboard."""
    wrong: dict[str, str] = {}
    name, body = new.get("dashboardName"), new.get("dashboardBody")
    if name is not None and not _DASHBOARD.match(name):
        wrong["dashboardName"] = f"invalid value for dashboardName (1 to 255 letters, digits, '-' and '_'): {name}"
    if body is not None:
        try:
            json.loads(body)
        except ValueError as problem:
            wrong["dashboardBody"] = f'"dashboardBody" contains an invalid JSON: {problem}'
    return wrong


def dashboard_defaults(new: Props) -> Props:
    """The body without its white space, as the provider keeps it."""
    return {**new, "dashboardBody": policies.normal(new.get("dashboardBody"))}


def create_dashboard(aws: Aws, new: Props) -> tuple[str, Props]:
    """Put the dashboard."""
    aws.in_region(new)
    return new["dashboardName"], update_dashboard(aws, new["dashboardName"], {}, new)


def read_dashboard(aws: Aws, id: str) -> Props | None:
    """The dashboard as CloudWatch has it."""
    with refusals(f"reading CloudWatch Dashboard ({id})"):
        there = unless_gone(aws.client("cloudwatch").get_dashboard, DashboardName=id)
    return there and {
        "dashboardName": id,
        "dashboardBody": policies.normal(there["DashboardBody"]),
        "region": aws.region,
        "dashboardArn": there["DashboardArn"],
    }


def update_dashboard(aws: Aws, id: str, _old: Props, new: Props) -> Props:
    """Put the changed dashboard."""
    with refusals(f"putting CloudWatch Dashboard ({id})"):
        aws.client("cloudwatch").put_dashboard(DashboardName=id, DashboardBody=new["dashboardBody"])
    return read_dashboard(aws, id) or {}


def delete_dashboard(aws: Aws, id: str, _old: Props) -> None:
    """Delete the dashboard."""
    with refusals(f"deleting CloudWatch Dashboard ({id})"):
        unless_gone(aws.client("cloudwatch").delete_dashboards, DashboardNames=[id])


def _check_time(new: Props) -> dict[str, str]:
    period, periods = new.get("period"), new.get("evaluationPeriods")
    if periods is not None and periods < 1:
        return {"evaluationPeriods": f"expected evaluationPeriods to be at least (1), got {periods:g}"}
    if period is not None and period not in (10, 20, 30) and (period < 60 or period % 60):
        return {"period": f"period must be 10, 20, 30, or a multiple of 60, got {period:g}"}
    longest = 7 * _DAY if period is not None and period >= 3600 else _DAY
    if period is not None and periods is not None and period * periods > longest:
        return {
            "evaluationPeriods": "ValidationError: Metrics cannot be checked across more than "
            f"{'a day' if longest == _DAY else 'seven days'} (EvaluationPeriods * Period must be <= {longest})."
        }
    if new.get("datapointsToAlarm") and periods is not None and new["datapointsToAlarm"] > periods:
        return {
            "datapointsToAlarm": "ValidationError: DatapointsToAlarm must be less than or equal to EvaluationPeriods"
        }
    return {}


def _put_alarm(aws: Aws, name: str, new: Props, doing: str) -> Props:
    if missing := [key for key in _REQUIRED if new.get(key) is None]:
        raise CloudError(f"{doing}: the alarm needs {', '.join(missing)}")
    if not (new.get("statistic") or new.get("extendedStatistic")):
        raise CloudError(f"{doing}: one of `extendedStatistic,statistic` must be specified")
    optional = {
        "DatapointsToAlarm": int(new["datapointsToAlarm"]) if new.get("datapointsToAlarm") else None,
        "ExtendedStatistic": new.get("extendedStatistic"),
        "Statistic": new.get("statistic"),
        "Unit": new.get("unit"),
    }
    with refusals(doing):
        aws.client("cloudwatch").put_metric_alarm(
            AlarmName=name,
            AlarmDescription=new.get("alarmDescription") or "",
            ActionsEnabled=new.get("actionsEnabled", True),
            AlarmActions=list(new.get("alarmActions") or ()),
            OKActions=list(new.get("okActions") or ()),
            InsufficientDataActions=list(new.get("insufficientDataActions") or ()),
            ComparisonOperator=new["comparisonOperator"],
            Dimensions=[{"Name": key, "Value": value} for key, value in (new.get("dimensions") or {}).items()],
            EvaluationPeriods=int(new["evaluationPeriods"]),
            MetricName=new["metricName"],
            Namespace=new["namespace"],
            Period=int(new["period"]),
            Threshold=float(new.get("threshold") or 0),
            TreatMissingData=new.get("treatMissingData") or "missing",
            Tags=tags.listed(tags.outgoing(new)),
            **{key: value for key, value in optional.items() if value is not None},
        )
    return read_alarm(aws, name) or {}


HANDLERS = {
    "aws:cloudwatch/metricAlarm:MetricAlarm": Handler(
        check=check_alarm,
        defaults=alarm_defaults,
        calls=Calls(create=create_alarm, read=read_alarm, update=update_alarm, delete=delete_alarm),
        auto_name="name",
        identify=lambda _aws, new: new["name"],
        overwrites=True,
        replace_on=frozenset({"name", "region"}),
        computed=frozenset({"arn", "tagsAll"}),
        volatile=frozenset({"tagsAll"}),
    ),
    "aws:cloudwatch/dashboard:Dashboard": Handler(
        check=check_dashboard,
        defaults=dashboard_defaults,
        calls=Calls(create=create_dashboard, read=read_dashboard, update=update_dashboard, delete=delete_dashboard),
        identify=lambda _aws, new: new["dashboardName"],
        overwrites=True,
        replace_on=frozenset({"dashboardName", "region"}),
        computed=frozenset({"dashboardArn"}),
    ),
}
