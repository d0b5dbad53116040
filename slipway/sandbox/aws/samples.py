"""Samples of events: made where an event comes from, in the emulator or, with endpoint None, in AWS.

Each function answers in words what it has sent. All raise :class:`~slipway.sandbox.handler.CloudError`.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any

from slipway.sandbox.aws.clients import Aws, Endpoint
from slipway.sandbox.aws.errors import refusals
from slipway.sandbox.handler import CloudError
from slipway.wire.outputs import EventOutput

SAMPLE = "a sample message"
TEXTS = ("prefix", "suffix", "equals-ignore-case", "wildcard")
"""What a pattern says of a text that a text of the same words meets."""


def to_queue(endpoint: Endpoint | None, region: str, event: EventOutput) -> str:
    """Send a message to a queue."""
    queue = event["source"]
    with refusals(f"sending to SQS Queue ({queue})"):
        id = Aws(endpoint, region).client("sqs").send_message(QueueUrl=queue, MessageBody=SAMPLE)["MessageId"]
    return f"sent {SAMPLE!r} to {queue} (message {id})"


def to_stream(endpoint: Endpoint | None, region: str, event: EventOutput) -> str:
    """Put a record into a stream."""
    stream = event["source"]
    with refusals(f"putting into Kinesis Stream ({stream})"):
        answer = (
            Aws(endpoint, region)
            .client("kinesis")
            .put_record(StreamName=stream, Data=SAMPLE.encode(), PartitionKey="slipway")
        )
    return f"put {SAMPLE!r} into {stream} (record {answer['SequenceNumber']})"


def to_bucket(endpoint: Endpoint | None, region: str, event: EventOutput) -> str:
    """Put an object into a bucket, and remove it where that is the event."""
    bucket, key = event["source"], event.get("sample", "")
    client = Aws(endpoint, region).client("s3")
    with refusals(f"putting into S3 Bucket ({bucket})"):
        client.put_object(Bucket=bucket, Key=key, Body=SAMPLE.encode())
        if " removed " in event["when"]:
            client.delete_object(Bucket=bucket, Key=key)
            return f"put s3://{bucket}/{key} and removed it"
    return f"put s3://{bucket}/{key}, which stays there"


def to_bus(endpoint: Endpoint | None, region: str, event: EventOutput) -> str:
    """Send an event to the default bus that a pattern fits."""
    fitting = fit(json.loads(event.get("sample", "{}")))
    source = str(fitting.get("source", "slipway"))
    if source.startswith("aws."):
        raise CloudError(
            f"events of {source} are AWS's own and cannot be sent: do there what the pattern waits for, or call the "
            "function with `slipway invoke`"
        )
    entry = {
        "Source": source,
        "DetailType": str(fitting.get("detail-type", "sample")),
        "Detail": json.dumps(fitting.get("detail", {})),
    }
    with refusals("sending to EventBridge"):
        answer = Aws(endpoint, region).client("events").put_events(Entries=[entry])
    if answer["FailedEntryCount"]:
        raise CloudError(f"sending to EventBridge: {answer['Entries'][0].get('ErrorMessage', 'refused')}")
    return f"sent the event {json.dumps(entry)}"


def fit(pattern: Mapping[str, Any]) -> dict[str, Any]:
    """An event that a pattern fits, as far as its leaves say what fits."""
    return {
        key: fit(value) if isinstance(value, Mapping) else _one_of(value)
        for key, value in pattern.items()
        if not (isinstance(value, list) and value[:1] == [{"exists": False}])
    }


def _one_of(values: list[Any]) -> Any:  # noqa: ANN401 - a value of JSON
    first = values[0] if values else ""
    if not isinstance(first, Mapping):
        return first
    if "numeric" in first:
        operator, number = first["numeric"][:2]
        return number + {">": 1, "<": -1}.get(operator, 0)
    text = next((first[key] for key in TEXTS if key in first), "sample")
    return text.replace("*", "") if isinstance(text, str) else "sample"


SAMPLES: Mapping[str, Callable[[Endpoint | None, str, EventOutput], str]] = {
    "queue": to_queue,
    "stream": to_stream,
    "bucket": to_bucket,
    "pattern": to_bus,
}
"""By kind of event."""
