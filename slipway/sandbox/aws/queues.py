"""SQS queues: kept by the emulator, which hands their messages out and moves to the dead-letter queue what fails."""

import json
import re
from typing import Any

from slipway.sandbox.aws import tags
from slipway.sandbox.aws.clients import Aws
from slipway.sandbox.aws.errors import refusals, unless_gone
from slipway.sandbox.handler import Calls, CloudError, Handler, Props

NAME = re.compile(r"[A-Za-z0-9_-]{1,80}(\.fifo)?")
ATTRIBUTES = {
    "visibilityTimeoutSeconds": ("VisibilityTimeout", 0, 43_200, 30),
    "messageRetentionSeconds": ("MessageRetentionPeriod", 60, 1_209_600, 345_600),
    "delaySeconds": ("DelaySeconds", 0, 900, 0),
    "receiveWaitTimeSeconds": ("ReceiveMessageWaitTimeSeconds", 0, 20, 0),
    "maxMessageSize": ("MaximumMessageSize", 1024, 1_048_576, 262_144),
}
"""Input -> SQS's name, the least, the most, and the default.
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html."""
SERVED = frozenset({*ATTRIBUTES, "name", "redrivePolicy", "sqsManagedSseEnabled", "tags", "region"})


def check(new: Props) -> dict[str, str]:
    """What SQS refuses of a queue, and what the sandbox's have not."""
    wrong = {
        key: f"the sandbox's queues have no {key!r}: leave it out"
        for key, value in new.items()
        if key not in SERVED and value not in (None, False, [], {}, "", 0)
    }
    name = new.get("name")
    if isinstance(name, str) and not NAME.fullmatch(name):
        wrong["name"] = f"must be 1 to 80 letters, digits, '-' and '_', got {name!r}"
    for key, (_, least, most, _) in ATTRIBUTES.items():
        value = new.get(key)
        if isinstance(value, int | float) and not least <= value <= most:
            wrong[key] = f"expected {key} to be in the range ({least} - {most}), got {value:g}"
    return wrong


def defaults(new: Props) -> Props:
    """The provider's defaults."""
    return {**{key: default for key, (_, _, _, default) in ATTRIBUTES.items()}, "sqsManagedSseEnabled": True, **new}


def create(aws: Aws, new: Props) -> tuple[str, Props]:
    """Make it; its id is its address."""
    aws.in_region(new)
    doing = f"creating SQS Queue ({new['name']})"
    # SQS gives out a queue that is there with the same attributes: here it may be another stack's, or made by hand.
    if read(aws, _address(aws, new)) is not None:
        raise CloudError(
            f"{doing}: operation error CreateQueue, QueueAlreadyExists: A queue already exists with the same name"
        )
    with refusals(doing):
        answer = aws.client("sqs").create_queue(
            QueueName=new["name"], Attributes=_attributes(new), tags=tags.outgoing(new)
        )
    id = str(answer["QueueUrl"])
    return id, read(aws, id) or {}


def read(aws: Aws, id: str) -> Props | None:
    """The queue as SQS has it; by its address."""
    client = aws.client("sqs")
    with refusals(f"reading SQS Queue ({id})"):
        there = unless_gone(client.get_queue_attributes, QueueUrl=id, AttributeNames=["All"])
        if there is None:
            return None
        own = client.list_queue_tags(QueueUrl=id).get("Tags") or {}
    attributes: dict[str, str] = there["Attributes"]
    return {
        "name": id.rpartition("/")[2],
        "url": id,
        "arn": attributes["QueueArn"],
        "region": aws.region,
        **{key: int(attributes.get(name, default)) for key, (name, _, _, default) in ATTRIBUTES.items()},
        "redrivePolicy": attributes.get("RedrivePolicy") or None,
        "sqsManagedSseEnabled": attributes.get("SqsManagedSseEnabled", "true") == "true",
        **tags.incoming(own),
    }


def update(aws: Aws, id: str, old: Props, new: Props) -> Props:
    """Change its attributes and tags."""
    client = aws.client("sqs")
    with refusals(f"updating SQS Queue ({id})"):
        client.set_queue_attributes(QueueUrl=id, Attributes=_attributes(new))
        tags.replace(
            old.get("tags") or {},
            new,
            lambda added: client.tag_queue(QueueUrl=id, Tags=added),
            lambda dropped: client.untag_queue(QueueUrl=id, TagKeys=dropped),
        )
    return read(aws, id) or {}


def delete(aws: Aws, id: str, _old: Props) -> None:
    """Delete it with the messages in it."""
    with refusals(f"deleting SQS Queue ({id})"):
        unless_gone(aws.client("sqs").delete_queue, QueueUrl=id)


def _address(aws: Aws, new: Props) -> str:
    """Where a queue of this name is, which is its id."""
    place = aws.endpoint.url if aws.endpoint else f"https://sqs.{aws.region}.amazonaws.com"
    return f"{place}/{aws.account}/{new['name']}"


def _attributes(new: Props) -> dict[str, str]:
    policy: Any = new.get("redrivePolicy")
    return {
        **{name: str(int(new[key])) for key, (name, _, _, _) in ATTRIBUTES.items() if new.get(key) is not None},
        "SqsManagedSseEnabled": "true" if new.get("sqsManagedSseEnabled", True) else "false",
        **({"RedrivePolicy": json.dumps(json.loads(policy), sort_keys=True)} if policy else {}),
    }


HANDLERS = {
    "aws:sqs/queue:Queue": Handler(
        check=check,
        defaults=defaults,
        calls=Calls(create=create, read=read, update=update, delete=delete),
        auto_name="name",
        identify=_address,
        replace_on=frozenset({"name", "region"}),
        computed=frozenset({"arn", "url", "tagsAll"}),
    )
}
