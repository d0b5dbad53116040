"""What calls a function beside requests: queues, streams, its bucket, and what happens in its account."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import pulumi
from pulumi_aws import iam, lambda_

from components.aws.event_calls import BucketEvents, PatternEvents, call_function
from components.aws.event_polls import QueueEvents, StreamEvents, feed_queue, feed_stream
from components.aws.fed_function import FedFunction

Events: TypeAlias = QueueEvents | StreamEvents | BucketEvents | PatternEvents
FEEDS: Mapping[type, Callable[[FedFunction, str, Any], pulumi.Output[str]]] = {
    QueueEvents: feed_queue,
    StreamEvents: feed_stream,
}
"""How Lambda is told of what it asks for messages."""


@dataclass(frozen=True, kw_only=True)
class FunctionEventsArgs:
    """A function by its alias, its role, and what feeds it."""

    function_name: str
    alias: lambda_.Alias
    role: iam.Role
    timeout: int
    """The function's, in seconds."""
    events: Mapping[str, Events]
    labels: Mapping[str, str] = field(default_factory=dict)


class FunctionEvents(pulumi.ComponentResource):
    """The events of a function, each with where it goes that fails too often, and with the rights that it needs."""

    sources: dict[str, pulumi.Output[str]]
    """Where each comes from: a queue's address, a stream's or a bucket's name, the name of a rule."""

    def __init__(self, name: str, args: FunctionEventsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("slipway:aws:FunctionEvents", name, {}, opts)
        fed = FedFunction(
            name=name,
            function_name=args.function_name,
            alias=args.alias,
            role=args.role,
            timeout=args.timeout,
            labels=args.labels,
            parent=self,
        )
        calls = {
            event: source for event, source in args.events.items() if isinstance(source, BucketEvents | PatternEvents)
        }
        polled = {
            event: FEEDS[type(source)](fed, event, source)
            for event, source in args.events.items()
            if event not in calls
        }
        self.sources = {**polled, **(call_function(fed, calls) if calls else {})}
        self.register_outputs({"sources": self.sources})
