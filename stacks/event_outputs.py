"""The events of functions: as a component takes them, and in the stack's outputs."""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pulumi

from slipway.wire.outputs import EventOutput, EventsOutput
from stacks.declared import resolved
from stacks.platforms import AnyApp, Event
from stacks.platforms.events import POSTED

if TYPE_CHECKING:
    from components.aws.bucket import PrivateS3Bucket
    from components.aws.function_events import Events
    from components.gcp.bucket import PrivateBucket
    from components.gcp.topic_events import TopicEvent


def events_of(function_name: str, app: AnyApp, bucket: "PrivateS3Bucket | None") -> "dict[str, Events]":
    """A function's events as its component takes them."""
    if not app.events:
        return {}
    from components.aws import event_calls, event_polls

    def source(name: str, event: Event) -> "Events":
        polled: dict[str, Any] = {
            "batch": event.at_most,
            "window": event.window,
            "retries": event.tries,
            "filter": _json(event.filter) if event.filter else "",
        }
        if event.queue:
            return event_polls.QueueEvents(queue_name=f"{function_name}-{event.queue}", **polled)
        if event.stream:
            return event_polls.StreamEvents(stream_name=f"{function_name}-{event.stream}", **polled)
        if event.bucket and bucket:
            return event_calls.BucketEvents(
                bucket=bucket,
                occasions=event.occasions,
                prefix=event.prefix or "",
                suffix=event.suffix or "",
                retries=event.tries,
            )
        return event_calls.PatternEvents(
            rule_name=f"{function_name}-{name}", pattern=_json(event.pattern), retries=event.tries
        )

    return {name: source(name, event) for name, event in app.events.items()}


def topics_of(name: str, app: AnyApp, bucket: "PrivateBucket | None") -> "dict[str, TopicEvent]":
    """A service's events as its component takes them."""
    if not app.events:
        return {}
    from components.gcp.topic_events import TopicEvent

    return {
        which: TopicEvent(
            topic=f"{name}-{event.topic or which}",
            path=event.path or "/",
            attempts=POSTED if event.bucket else event.tries + 1,
            bucket=bucket if event.bucket else None,
            prefix=event.prefix or "",
            filter=" AND ".join(
                "(" + " OR ".join(f"attributes.{key} = {json.dumps(str(value))}" for value in values) + ")"
                for key, values in sorted(event.filter.items())
            ),
        )
        for which, event in app.events.items()
    }


def event_outputs(whole: str, events: Mapping[str, Event], sources: Mapping[str, pulumi.Output[str]]) -> EventsOutput:
    """The output of an app's events, by name; empty if it has none. ``whole`` is the app's name in its cloud."""
    if not events:
        return {}
    return {"events": {name: _output(whole, event, sources[name]) for name, event in events.items()}}


def _output(whole: str, event: Event, source: pulumi.Output[str]) -> EventOutput:
    output: EventOutput = {"kind": event.kind, "source": resolved(source), "when": _words(whole, event)}
    sample = _sample(event)
    return {**output, "sample": sample} if sample else output


def _words(whole: str, event: Event) -> str:
    if event.bucket:
        named = " and ".join(
            filter(None, [event.prefix and f"begins with {event.prefix}", event.suffix and f"ends with {event.suffix}"])
        )
        return f"an object {' or '.join(event.occasions)} in the bucket {event.bucket}" + (
            f", whose name {named}" if named else ""
        )
    if event.pattern:
        return f"an event like {_json(event.pattern)}"
    what = {"queue": "message", "stream": "record", "topic": "message"}[event.kind]
    return f"a {what} in {whole}-{event.queue or event.stream or event.topic}"


def _sample(event: Event) -> str:
    """What `slipway trigger` makes a sample of: an object's name, a pattern, a message's attributes."""
    if event.bucket:
        return f"{event.prefix or ''}slipway-sample{event.suffix or ''}"
    if event.topic and event.filter:
        return _json({key: values[0] for key, values in event.filter.items()})
    return _json(event.pattern) if event.pattern else ""


def _json(value: Mapping[str, Any]) -> str:
    return json.dumps(value, sort_keys=True)
