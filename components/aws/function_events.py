"""Queues that feed a function: messages come in batches, and what fails too often goes to a dead-letter queue."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

import pulumi
from pulumi_aws import iam, lambda_, sqs

from components.aws.policies import policy

DEAD_DAYS = 14
"""How long a message that failed is kept (days): SQS's most."""
VISIBILITY = 6
"""How often the function's timeout a message that is being worked on stays hidden:
https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html#events-sqs-queueconfig."""


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
class FunctionEventsArgs:
    """A function by its alias, its role, and what feeds it."""

    function_name: str
    alias: lambda_.Alias
    role: iam.Role
    timeout: int
    """The function's, in seconds."""
    queues: Mapping[str, QueueEvents]
    labels: Mapping[str, str] = field(default_factory=dict)


class FunctionEvents(pulumi.ComponentResource):
    """The queues of a function, each with its dead-letter queue and the right to take from it."""

    urls: dict[str, pulumi.Output[str]]
    """The queues' addresses."""
    dead_urls: dict[str, pulumi.Output[str]]

    def __init__(self, name: str, args: FunctionEventsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("slipway:aws:FunctionEvents", name, {}, opts)
        self.name, self._args = name, args
        self.urls, self.dead_urls = {}, {}
        for event, queue in args.queues.items():
            self._feed(event, queue)
        self.register_outputs({"urls": self.urls, "dead_urls": self.dead_urls})

    def _feed(self, event: str, declared: QueueEvents) -> None:
        args, name = self._args, f"{self.name}-{event}"
        child = pulumi.ResourceOptions(parent=self)
        dead = sqs.Queue(
            f"{name}-dead",
            name=f"{declared.queue_name}-dead",
            message_retention_seconds=DEAD_DAYS * 86_400,
            sqs_managed_sse_enabled=True,
            tags=dict(args.labels),
            opts=child,
        )
        queue = sqs.Queue(
            name,
            name=declared.queue_name,
            visibility_timeout_seconds=min(VISIBILITY * args.timeout + declared.window, 43_200),
            redrive_policy=dead.arn.apply(
                lambda arn: json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": declared.retries + 1})
            ),
            sqs_managed_sse_enabled=True,
            tags=dict(args.labels),
            opts=child,
        )
        may_take = iam.RolePolicy(
            f"{name}-may-take",
            role=args.role.name,
            policy=queue.arn.apply(
                lambda arn: policy(
                    {
                        "Effect": "Allow",
                        "Action": ["sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"],
                        "Resource": arn,
                    }
                )
            ),
            opts=child,
        )
        lambda_.EventSourceMapping(
            name,
            event_source_arn=queue.arn,
            function_name=args.alias.arn,
            batch_size=declared.batch,
            maximum_batching_window_in_seconds=declared.window or None,
            filter_criteria={"filters": [{"pattern": declared.filter}]} if declared.filter else None,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[may_take]),
        )
        self.urls[event], self.dead_urls[event] = queue.url, dead.url
