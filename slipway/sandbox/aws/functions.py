"""Calling a function and reading its log: in the emulator or, with endpoint None, in AWS."""

import base64
import datetime
import time
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from slipway.sandbox.aws.clients import Aws, Endpoint
from slipway.sandbox.aws.errors import refusals

POLL = 0.5
"""Seconds between two looks at a log that is followed."""


@dataclass(frozen=True)
class Invocation:
    """A function's answer. ``error`` is "" where it succeeded, else Lambda's word for the kind of failure."""

    status: int
    payload: bytes
    log_tail: str
    error: str


@dataclass(frozen=True)
class LogLine:
    """A line of a log, with the moment it was written (UTC)."""

    time: datetime.datetime
    text: str


def invoke(endpoint: Endpoint | None, region: str, function: str, qualifier: str, event: bytes) -> Invocation:
    """Call a function with a JSON event and wait for its answer.

    Raises :class:`~slipway.sandbox.handler.CloudError` where there is no such function or Lambda refuses the call.
    """
    with refusals(f"invoking Lambda Function ({function})"):
        answer = (
            _aws(endpoint, region)
            .client("lambda")
            .invoke(
                FunctionName=function, LogType="Tail", Payload=event, **({"Qualifier": qualifier} if qualifier else {})
            )
        )
        payload = answer["Payload"].read()
    return Invocation(
        status=answer["StatusCode"],
        payload=payload,
        log_tail=base64.b64decode(answer.get("LogResult") or "").decode(errors="replace"),
        error=answer.get("FunctionError") or "",
    )


def logs(endpoint: Endpoint | None, region: str, group: str, lines: int, follow: bool) -> Iterator[LogLine]:
    """The last ``lines`` lines of a log group, oldest first; with ``follow`` also what comes, until interrupted.

    Raises :class:`~slipway.sandbox.handler.CloudError` where there is no such group.
    """
    client = _aws(endpoint, region).client("logs")
    names: set[tuple[Any, ...]] = set()
    newest = 0
    last: deque[Any] = deque(maxlen=max(lines, 0))
    for event in _events(client, group, 0):
        names.add(event["key"])
        newest = max(newest, event["timestamp"])
        last.append(event)
    yield from map(_line, last)
    while follow:
        time.sleep(POLL)
        for event in _events(client, group, newest):
            if event["key"] not in names:
                names.add(event["key"])
                newest = max(newest, event["timestamp"])
                yield _line(event)


def _events(client: Any, group: str, since: int) -> Iterator[Any]:  # noqa: ANN401 - boto3's clients have no static types
    """The events of a group from a moment (milliseconds since 1970) on, oldest first, each with a ``key`` of its own.

    The emulator gives no event ids: the key is stream, id or text, and the how-manieth of its kind in a millisecond.
    """
    counts: Counter[tuple[Any, ...]] = Counter()
    with refusals(f"reading the log of {group}"):
        pages = client.get_paginator("filter_log_events").paginate(
            logGroupName=group, **({"startTime": since} if since else {})
        )
        for page in pages:
            for event in page["events"]:
                kind = (event["logStreamName"], event["timestamp"], event.get("eventId") or event["message"])
                counts[kind] += 1
                yield {**event, "key": (*kind, counts[kind])}


def _line(event: Any) -> LogLine:  # noqa: ANN401
    moment = datetime.datetime.fromtimestamp(event["timestamp"] / 1000, tz=datetime.UTC)
    return LogLine(moment, event["message"].rstrip("\n"))


@cache
def _aws(endpoint: Endpoint | None, region: str) -> Aws:
    return Aws(endpoint, region)
