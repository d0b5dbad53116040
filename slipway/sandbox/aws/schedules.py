"""EventBridge schedules: kept by the emulator, which fires them too."""

import re

from slipway.sandbox.aws.clients import Aws, Endpoint
from slipway.sandbox.aws.errors import refusals, unless_gone
from slipway.sandbox.aws.roles import refuse_unless_assumable
from slipway.sandbox.aws.words import capital, small
from slipway.sandbox.handler import Calls, Handler, Props

NAME = re.compile(r"[0-9a-zA-Z_.-]{1,64}")
EXPRESSION = re.compile(r"rate\([1-9]\d* (minutes?|hours?|days?)\)|cron\(\S+( \S+){5}\)|at\(\d{4}-\d\d-\d\dT[\d:]{8}\)")
_KEYS = {
    "scheduleExpression": "ScheduleExpression",
    "scheduleExpressionTimezone": "ScheduleExpressionTimezone",
    "description": "Description",
    "state": "State",
    "actionAfterCompletion": "ActionAfterCompletion",
}


def check(new: Props) -> dict[str, str]:
    """The rules of https://docs.aws.amazon.com/scheduler/latest/APIReference/API_CreateSchedule.html."""
    wrong = {}
    name, expression = new.get("name", "a"), new.get("scheduleExpression", "rate(1 day)")
    if isinstance(name, str) and not NAME.fullmatch(name):
        wrong["name"] = f"must be 1 to 64 letters, digits, '-', '_' and '.', got {name!r}"
    if isinstance(expression, str) and not EXPRESSION.fullmatch(expression):
        wrong["scheduleExpression"] = f"must be at(…), rate(… minutes) or cron(six fields), got {expression!r}"
    if unknown := sorted(set(new.get("target") or {}) - {"arn", "roleArn", "input", "retryPolicy"}):
        wrong[f"target.{unknown[0]}"] = "the sandbox's schedules call what an ARN names, with an input: leave it out"
    return wrong


def defaults(new: Props) -> Props:
    """The provider's defaults."""
    return {
        "groupName": "default",
        "scheduleExpressionTimezone": "UTC",
        "state": "ENABLED",
        "actionAfterCompletion": "NONE",
        "description": "",
        **new,
    }


def create(aws: Aws, new: Props) -> tuple[str, Props]:
    """Make it, once the role is one that the scheduler may take."""
    name, group = new["name"], new["groupName"]
    doing, id = f"creating EventBridge Scheduler Schedule ({name})", f"{group}/{name}"
    aws.in_region(new)
    _refuse_role(aws, new["target"]["roleArn"], doing, "CreateSchedule")
    with refusals(doing):
        aws.client("scheduler").create_schedule(Name=name, GroupName=group, **_request(new))
    return id, read(aws, id) or {}


def read(aws: Aws, id: str) -> Props | None:
    """The schedule as AWS has it. ``id`` is ``group/name``."""
    group, _, name = id.partition("/")
    with refusals(f"reading EventBridge Scheduler Schedule ({id})"):
        there = unless_gone(aws.client("scheduler").get_schedule, Name=name, GroupName=group)
    if there is None:
        return None
    target, retry = there["Target"], there["Target"].get("RetryPolicy")
    return {
        "name": name,
        "groupName": group,
        "arn": there["Arn"],
        "region": aws.region,
        "flexibleTimeWindow": {"mode": there["FlexibleTimeWindow"]["Mode"]},
        "target": {
            "arn": target["Arn"],
            "roleArn": target["RoleArn"],
            **({"input": target["Input"]} if target.get("Input") else {}),
            **({"retryPolicy": {small(key): value for key, value in retry.items()}} if retry else {}),
        },
        **{ours: there.get(theirs) or "" for ours, theirs in _KEYS.items()},
    }


def update(aws: Aws, id: str, _old: Props, new: Props) -> Props:
    """Change it in place."""
    group, _, name = id.partition("/")
    doing = f"updating EventBridge Scheduler Schedule ({id})"
    _refuse_role(aws, new["target"]["roleArn"], doing, "UpdateSchedule")
    with refusals(doing):
        aws.client("scheduler").update_schedule(Name=name, GroupName=group, **_request(new))
    return read(aws, id) or {}


def delete(aws: Aws, id: str, _old: Props) -> None:
    """Delete it."""
    group, _, name = id.partition("/")
    with refusals(f"deleting EventBridge Scheduler Schedule ({id})"):
        unless_gone(aws.client("scheduler").delete_schedule, Name=name, GroupName=group)


def event_of(endpoint: Endpoint | None, region: str, name: str) -> bytes:
    """The event that a schedule of the default group calls its target with, in the emulator or in AWS.

    Raises :class:`CloudError`.
    """
    with refusals(f"reading EventBridge Scheduler Schedule ({name})"):
        there = Aws(endpoint, region).client("scheduler").get_schedule(Name=name)
    return (there["Target"].get("Input") or "{}").encode()


def _request(new: Props) -> Props:
    target, retry = new["target"], new["target"].get("retryPolicy")
    return {
        **{theirs: new[ours] for ours, theirs in _KEYS.items() if new.get(ours)},
        "FlexibleTimeWindow": {"Mode": new["flexibleTimeWindow"]["mode"]},
        "Target": {
            "Arn": target["arn"],
            "RoleArn": target["roleArn"],
            **({"Input": target["input"]} if target.get("input") else {}),
            **({"RetryPolicy": {capital(key): int(value) for key, value in retry.items()}} if retry else {}),
        },
    }


def _refuse_role(aws: Aws, role: str, doing: str, operation: str) -> None:
    text = "The execution role you provide must allow AWS EventBridge Scheduler to assume the role."
    refusal = f"{doing}: operation error {operation}, ValidationException: {text}"
    refuse_unless_assumable(aws, role, "scheduler.amazonaws.com", refusal)


HANDLERS = {
    "aws:scheduler/schedule:Schedule": Handler(
        check=check,
        defaults=defaults,
        calls=Calls(create=create, read=read, update=update, delete=delete),
        auto_name="name",
        identify=lambda _aws, new: f"{new['groupName']}/{new['name']}",
        replace_on=frozenset({"name", "groupName", "region"}),
        computed=frozenset({"arn"}),
    )
}
