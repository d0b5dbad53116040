"""CloudWatch Logs groups and how long they keep what is logged."""

import re

from slipway.sandbox.aws import tags
from slipway.sandbox.aws.clients import Aws
from slipway.sandbox.aws.errors import refusals, unless_gone
from slipway.sandbox.handler import Calls, Handler, Props

RETENTION_DAYS = (
    0, 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653
)  # fmt: skip
"""Days AWS offers, 0 forever:
https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html."""

_NAME = re.compile(r"^[.\-_/#A-Za-z0-9]{1,512}$")


def check(new: Props) -> dict[str, str]:
    """What AWS refuses of a log group."""
    wrong: dict[str, str] = {}
    name, days = new.get("name"), new.get("retentionInDays")
    if name is not None and not _NAME.match(name):
        wrong["name"] = f"{name!r} isn't a valid log group name (1 to 512 letters, digits, '.', '-', '_', '/' and '#')"
    if days is not None and days not in RETENTION_DAYS:
        allowed = " ".join(map(str, RETENTION_DAYS))
        wrong["retentionInDays"] = f"expected retentionInDays to be one of [{allowed}], got {days:g}"
    group_class = new.get("logGroupClass")
    if group_class not in (None, "STANDARD", "INFREQUENT_ACCESS", "DELIVERY"):
        wrong["logGroupClass"] = (
            f'expected logGroupClass to be one of ["STANDARD" "INFREQUENT_ACCESS" "DELIVERY"], got {group_class}'
        )
    return wrong


def defaults(new: Props) -> Props:
    """The provider's defaults."""
    return {"retentionInDays": 0, "skipDestroy": False, **new}


def create(aws: Aws, new: Props) -> tuple[str, Props]:
    """Make the group; one that is there already is refused."""
    name, logs = new["name"], aws.client("logs")
    aws.in_region(new)
    conflict = "The specified log group already exists"
    with refusals(f"creating CloudWatch Logs Log Group ({name})", conflict=conflict):
        logs.create_log_group(
            logGroupName=name,
            tags=tags.outgoing(new),
            **({"logGroupClass": new["logGroupClass"]} if new.get("logGroupClass") else {}),
            **({"kmsKeyId": new["kmsKeyId"]} if new.get("kmsKeyId") else {}),
        )
        _keep(aws, name, new)
    return name, read(aws, name) or {}


def read(aws: Aws, id: str) -> Props | None:
    """The group as AWS has it."""
    with refusals(f"reading CloudWatch Logs Log Group ({id})"):
        result = aws.client("logs").describe_log_groups(logGroupNamePrefix=id)["logGroups"]
        group = next((one for one in result if one["logGroupName"] == id), None)
        if group is None:
            return None
        there = _tags(aws, id)
    return {
        "name": id,
        "retentionInDays": group.get("retentionInDays", 0),
        "logGroupClass": group.get("logGroupClass", "STANDARD"),
        "kmsKeyId": group.get("kmsKeyId", ""),
        "region": aws.region,
        "arn": group["arn"].removesuffix(":*"),
        **tags.incoming(there),
    }


def update(aws: Aws, id: str, _old: Props, new: Props) -> Props:
    """Change retention and tags."""
    logs = aws.client("logs")
    with refusals(f"updating CloudWatch Logs Log Group ({id})"):
        _keep(aws, id, new)
        tags.replace(
            _tags(aws, id),
            new,
            put=lambda changed: logs.tag_log_group(logGroupName=id, tags=changed),
            remove=lambda keys: logs.untag_log_group(logGroupName=id, tags=keys),
        )
    return read(aws, id) or {}


def delete(aws: Aws, id: str, old: Props) -> None:
    """Delete the group with what was logged, unless the program asked to leave it (``skipDestroy``)."""
    if old.get("skipDestroy"):
        return
    with refusals(f"deleting CloudWatch Logs Log Group ({id})"):
        unless_gone(aws.client("logs").delete_log_group, logGroupName=id)


def _keep(aws: Aws, name: str, new: Props) -> None:
    logs, days = aws.client("logs"), int(new.get("retentionInDays") or 0)
    if days:
        logs.put_retention_policy(logGroupName=name, retentionInDays=days)
    else:
        logs.delete_retention_policy(logGroupName=name)


def _tags(aws: Aws, name: str) -> dict[str, str]:
    answer = unless_gone(aws.client("logs").list_tags_log_group, logGroupName=name)
    return answer["tags"] if answer else {}


HANDLERS = {
    "aws:cloudwatch/logGroup:LogGroup": Handler(
        check=check,
        defaults=defaults,
        calls=Calls(create=create, read=read, update=update, delete=delete),
        auto_name="name",
        identify=lambda _aws, new: new["name"],
        settled=frozenset({"logGroupClass"}),
        replace_on=frozenset({"name", "namePrefix", "logGroupClass", "region"}),
        computed=frozenset({"arn", "tagsAll"}),
        volatile=frozenset({"tagsAll"}),
    )
}
