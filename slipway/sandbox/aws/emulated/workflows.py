"""Step Functions, rules of EventBridge and their targets, and parts of CloudWatch Logs."""

from collections.abc import Mapping

from slipway.sandbox.aws import event_patterns
from slipway.sandbox.aws.emulated.row import Call, Row, Tagging
from slipway.sandbox.aws.emulated.templates import filled, shaped
from slipway.sandbox.handler import Props


def pairs(own: Mapping[str, str]) -> list[dict[str, str]]:
    """Tags with small keys."""
    return [{"key": key, "value": value} for key, value in own.items()]


RULE = {
    "Name": "{name}",
    "EventBusName": "{eventBusName}",
    "EventPattern": "{eventPattern}",
    "ScheduleExpression": "{scheduleExpression}",
    "Description": "{description}",
    "RoleArn": "{roleArn}",
    "State": "{state}",
}
TARGET = {"Id": "{targetId}", "Arn": "{arn}", "RoleArn": "{roleArn}", "Input": "{input}", "InputPath": "{inputPath}"}


def target(place: Props) -> Props:
    """A rule's target; its parts that only some kinds of target have are passed on."""
    extra = {
        key: shaped(place[own])
        for own, key in (
            ("deadLetterConfig", "DeadLetterConfig"),
            ("retryPolicy", "RetryPolicy"),
            ("sqsTarget", "SqsParameters"),
            ("kinesisTarget", "KinesisParameters"),
        )
        if place.get(own)
    }
    if transformer := place.get("inputTransformer"):
        extra["InputTransformer"] = {
            "InputTemplate": transformer["inputTemplate"],
            "InputPathsMap": transformer.get("inputPaths") or {},
        }
    return {"Targets": [{**(filled(TARGET, place) or {}), **extra}]}


def metric(place: Props) -> Props:
    """What a filter of a log counts."""
    one = place["metricTransformation"]
    named = {"metricName": one["name"], "metricNamespace": one["namespace"], "metricValue": one["value"]}
    more = {key: one[key] for key in ("dimensions", "unit") if one.get(key)}
    default = {"defaultValue": float(one["defaultValue"])} if one.get("defaultValue") not in (None, "") else {}
    return {"metricTransformations": [{**named, **more, **default}]}


PARTS = frozenset({"deadLetterConfig", "retryPolicy", "sqsTarget", "kinesisTarget", "inputTransformer"})
ROWS = (
    Row(
        type="aws:sfn/stateMachine:StateMachine",
        fixed=frozenset({"loggingConfiguration", "tracingConfiguration"}),
        at="@",
        create=Call(
            operation="create_state_machine",
            arguments={
                "name": "{name}",
                "definition": "{definition}",
                "roleArn": "{roleArn}",
                "type": "{type}",
                "loggingConfiguration": "{loggingConfiguration}",
                "tracingConfiguration": "{tracingConfiguration}",
            },
        ),
        update=(
            Call(
                operation="update_state_machine",
                arguments={"stateMachineArn": "{id}", "definition": "{definition}", "roleArn": "{roleArn}"},
            ),
        ),
        id="stateMachineArn",
        identify="arn:aws:states:{region}:{account}:stateMachine:{name}",
        refusal="StateMachineAlreadyExists: State Machine Already Exists: "
        "'arn:aws:states:{region}:{account}:stateMachine:{name}'",
        auto_name="name",
        defaults={"type": "STANDARD", "publish": False},
        read={
            "arn": "stateMachineArn",
            "name": "name",
            "definition": "definition",
            "roleArn": "roleArn",
            "status": "status",
        },
        gone=("status", ("DELETING",)),
        delete=Call(operation="delete_state_machine", arguments={"stateMachineArn": "{id}"}),
        tagging=Tagging(parameter="tags", write=pairs, subject={"resourceArn": "{id}"}, keys="tagKeys"),
    ),
    Row(
        type="aws:cloudwatch/eventBus:EventBus",
        at="@",
        create=Call(operation="create_event_bus", arguments={"Name": "{name}"}),
        key="{name}",
        auto_name="name",
        read={"arn": "Arn", "name": "Name"},
        delete=Call(operation="delete_event_bus", arguments={"Name": "{id}"}),
        tagging=Tagging(subject={"ResourceARN": "{arn}"}),
    ),
    Row(
        type="aws:cloudwatch/eventRule:EventRule",
        service="events",
        separator="/",
        omits="default",
        look=Call(operation="describe_rule", arguments={"EventBusName": "{0}", "Name": "{1}"}),
        at="@",
        create=Call(operation="put_rule", arguments=RULE),
        repeats="put_rule",
        key="{eventBusName}/{name}",
        overwrites=True,
        auto_name="name",
        defaults={"eventBusName": "default", "forceDestroy": False, "state": "ENABLED"},
        unread=frozenset({"forceDestroy"}),
        read={"arn": "Arn", "name": "Name", "eventPattern": "EventPattern", "scheduleExpression": "ScheduleExpression"},
        delete=Call(
            operation="delete_rule",
            arguments={"Name": "{name}", "EventBusName": "{eventBusName}", "Force": "{forceDestroy}"},
        ),
        tagging=Tagging(subject={"ResourceARN": "{arn}"}),
        check=event_patterns.check,
    ),
    Row(
        type="aws:cloudwatch/eventTarget:EventTarget",
        service="events",
        separator="|",
        look=Call(operation="list_targets_by_rule", arguments={"EventBusName": "{0}", "Rule": "{1}"}),
        at="Targets[?Id=='{2}'] | [0]",
        create=Call(
            operation="put_targets",
            arguments={"Rule": "{rule}", "EventBusName": "{eventBusName}"},
            more=lambda _aws, place: target(place),
            inputs=PARTS | {"targetId", "arn", "roleArn", "input", "inputPath"},
        ),
        update=(
            Call(
                operation="put_targets",
                arguments={"Rule": "{rule}", "EventBusName": "{eventBusName}"},
                more=lambda _aws, place: target(place),
                inputs=PARTS | {"arn", "roleArn", "input", "inputPath"},
            ),
        ),
        key="{eventBusName}|{rule}|{targetId}",
        auto_name="targetId",
        defaults={"eventBusName": "default", "forceDestroy": False},
        unread=frozenset({"forceDestroy"}),
        overwrites=True,
        read={},
        delete=Call(
            operation="remove_targets",
            arguments={"Rule": "{rule}", "EventBusName": "{eventBusName}", "Ids": ["{targetId}"]},
        ),
    ),
    Row(
        type="aws:cloudwatch/logStream:LogStream",
        service="logs",
        separator="|",
        look=Call(operation="describe_log_streams", arguments={"logGroupName": "{0}", "logStreamNamePrefix": "{1}"}),
        at="logStreams[?logStreamName=='{1}'] | [0]",
        create=Call(
            operation="create_log_stream", arguments={"logGroupName": "{logGroupName}", "logStreamName": "{name}"}
        ),
        key="{logGroupName}|{name}",
        auto_name="name",
        read={"arn": "arn", "name": "logStreamName"},
        delete=Call(
            operation="delete_log_stream", arguments={"logGroupName": "{logGroupName}", "logStreamName": "{name}"}
        ),
    ),
    Row(
        type="aws:cloudwatch/logMetricFilter:LogMetricFilter",
        service="logs",
        separator="|",
        look=Call(operation="describe_metric_filters", arguments={"logGroupName": "{0}", "filterNamePrefix": "{1}"}),
        at="metricFilters[?filterName=='{1}'] | [0]",
        create=Call(
            operation="put_metric_filter",
            arguments={"logGroupName": "{logGroupName}", "filterName": "{name}"},
            more=lambda _aws, place: {"filterPattern": place.get("pattern") or "", **metric(place)},
            inputs=frozenset({"pattern", "metricTransformation"}),
        ),
        repeats="put_metric_filter",
        key="{logGroupName}|{name}",
        auto_name="name",
        overwrites=True,
        read={},
        delete=Call(
            operation="delete_metric_filter", arguments={"logGroupName": "{logGroupName}", "filterName": "{name}"}
        ),
    ),
)
