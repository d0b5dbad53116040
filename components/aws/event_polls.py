"""Queues and streams that feed a function: Lambda asks them, and calls the function with what came, in batches."""

from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi_aws import kinesis, lambda_, sqs

from components.aws.fed_function import FedFunction, redrive

VISIBILITY = 6
"""How often the function's timeout a message that is being worked on stays hidden:
https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html#events-sqs-queueconfig."""
TAKE = ("sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage")
READ = (
    *("kinesis:DescribeStream", "kinesis:DescribeStreamSummary", "kinesis:GetRecords", "kinesis:GetShardIterator"),
    "kinesis:ListShards",
)
"""https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-create.html#events-kinesis-permissions."""


@dataclass(frozen=True, kw_only=True)
class QueueEvents:
    """A queue, and how its messages reach the function."""

    queue_name: str
    """Unique in the account and region."""
    batch: int = 10
    """Messages of a call at most."""
    window: int = 0
    """Seconds to gather a batch in."""
    retries: int = 3
    """How often a message is tried again before it goes to the dead-letter queue."""
    filter: str = ""
    """A pattern of EventBridge's, as JSON: other messages are dropped; "" takes all."""

    def __post_init__(self) -> None:
        if not 1 <= self.batch <= 10_000 or (self.batch > 10 and not self.window):
            raise ValueError(f"batch must be 1 to 10, or to 10000 with a window, got {self.batch}")
        if self.retries < 0:
            raise ValueError(f"retries must be 0 or more, got {self.retries}")


@dataclass(frozen=True, kw_only=True)
class StreamEvents:
    """A stream of one shard, and how its records reach the function, in their order."""

    stream_name: str
    """Unique in the account and region."""
    batch: int = 100
    """Records of a call at most."""
    window: int = 0
    """Seconds to gather a batch in."""
    retries: int = 3
    """How often a batch is tried again before the dead-letter queue learns which records were left out."""
    filter: str = ""
    """A pattern of EventBridge's, as JSON: other records are passed over; "" takes all."""

    def __post_init__(self) -> None:
        if not 1 <= self.batch <= 10_000:
            raise ValueError(f"batch must be 1 to 10000, got {self.batch}")
        if self.retries < 0:
            raise ValueError(f"retries must be 0 or more, got {self.retries}")


def feed_queue(fed: FedFunction, event: str, declared: QueueEvents) -> pulumi.Output[str]:
    """Declare the queue, its dead-letter queue and the right to take from it; the queue's address."""
    name = f"{fed.name}-{event}"
    dead = fed.dead_letters(name, declared.queue_name)
    queue = sqs.Queue(
        name,
        name=declared.queue_name,
        visibility_timeout_seconds=min(VISIBILITY * fed.timeout + declared.window, 43_200),
        redrive_policy=redrive(dead, declared.retries),
        sqs_managed_sse_enabled=True,
        tags=dict(fed.labels),
        opts=fed.child(),
    )
    may_take = fed.may(f"{name}-may-take", {"queue": TAKE}, queue.arn)
    lambda_.EventSourceMapping(name, event_source_arn=queue.arn, **_mapping(fed, declared), opts=fed.child([may_take]))
    return queue.url


def feed_stream(fed: FedFunction, event: str, declared: StreamEvents) -> pulumi.Output[str]:
    """Declare the stream, the queue that learns of what failed, and the right to read it; the stream's name."""
    name = f"{fed.name}-{event}"
    dead = fed.dead_letters(name, declared.stream_name)
    stream = kinesis.Stream(
        name,
        name=declared.stream_name,
        shard_count=1,
        encryption_type="KMS",
        kms_key_id="alias/aws/kinesis",
        tags=dict(fed.labels),
        opts=fed.child(),
    )
    may_read = fed.may(f"{name}-may-read", {"stream": READ, "dead letters": ("sqs:SendMessage",)}, stream.arn, dead.arn)
    lambda_.EventSourceMapping(
        name,
        event_source_arn=stream.arn,
        starting_position="TRIM_HORIZON",
        maximum_retry_attempts=declared.retries,
        bisect_batch_on_function_error=True,  # so that one bad record takes no others with it
        destination_config={"on_failure": {"destination_arn": dead.arn}},
        **_mapping(fed, declared),
        opts=fed.child([may_read]),
    )
    return stream.name


def _mapping(fed: FedFunction, declared: QueueEvents | StreamEvents) -> dict[str, Any]:
    """What mappings of both kinds say."""
    return {
        "function_name": fed.alias.arn,
        "batch_size": declared.batch,
        "maximum_batching_window_in_seconds": declared.window or None,
        "tags": dict(fed.labels),
        "filter_criteria": {"filters": [{"pattern": declared.filter}]} if declared.filter else None,
    }
