"""AWS Lambda, day by day."""

import sys
from collections.abc import Collection, Iterator, Sequence
from typing import cast

from slipway.errors import UserError
from slipway.platforms.platform import NO_FILES, Deployment, Platform, Version, schedule_resource
from slipway.sandbox.aws import function_versions, functions, schedules
from slipway.sandbox.aws.samples import SAMPLES
from slipway.sandbox.handler import CloudError
from slipway.wire.outputs import EventOutput, LambdaOutput

ALIAS = "live"
"""What callers know; it points at the version that serves."""


def invoke(deployment: Deployment, event: bytes) -> int:
    """Call the function as callers do, by its alias; show what it returned and what it logged."""
    app = deployment.app
    answer = functions.invoke(deployment.aws_endpoint, _output(deployment)["region"], app.resource, ALIAS, event)
    print(answer.payload.decode())
    for line in answer.log_tail.splitlines():
        print(f"  log: {line}", file=sys.stderr)
    if answer.error:
        print(f"error: {app.name} failed ({answer.error})", file=sys.stderr)
    return 1 if answer.error else 0


def logs(deployment: Deployment, follow: bool, lines: int) -> Iterator[str]:
    """The lines of its log group, with the moment each was written (UTC)."""
    details = _output(deployment)
    for line in functions.logs(deployment.aws_endpoint, details["region"], details["log_group"], lines, follow):
        yield f"{line.time:%H:%M:%S} {line.text}"


def versions(deployment: Deployment) -> Sequence[Version]:
    """Those that Lambda keeps, newest first, with the shares of the alias that callers know."""
    app = deployment.app
    listed = function_versions.versions(deployment.aws_endpoint, _output(deployment)["region"], app.resource, ALIAS)
    released = _output(deployment).get("released_versions") or ()
    first = min(map(int, released), default=0)
    return [
        Version(
            id=one.number,
            digest=one.digest,
            made=one.made,
            share=one.share,
            unreleased=bool(released) and int(one.number) > first and one.number not in released,
        )
        for one in listed
    ]


def rollback(deployment: Deployment, version: Version) -> None:
    """Refuse a version whose release command has not succeeded. Raises :class:`UserError`."""
    if version.unreleased:
        name = deployment.app.name
        raise UserError(
            f"{name}: the release command of version {version.id} has not succeeded, so it never served: "
            f"`slipway versions {name}` shows the others"
        )


def present(deployment: Deployment) -> Collection[str]:
    """Those that the emulator has: none of a function that it has forgotten."""
    try:
        return {version.id for version in versions(deployment)}
    except CloudError:
        return ()


def prune(deployment: Deployment, going: Sequence[Version]) -> int:
    """Lambda keeps them beside what is declared, so they are deleted there, and the state says nothing of them."""
    app = deployment.app
    numbers = [version.id for version in going]
    function_versions.delete_versions(deployment.aws_endpoint, _output(deployment)["region"], app.resource, numbers)
    return 0


def trigger(deployment: Deployment, schedule: str) -> int:
    """Send an event's sample, or call the function as the schedule does: EventBridge has no way to do it at once."""
    details = _output(deployment)
    if event := (details.get("events") or {}).get(schedule):
        return _send(deployment, event)
    name = schedule_resource(deployment, schedule)
    return invoke(deployment, schedules.event_of(deployment.aws_endpoint, details["region"], name))


def _send(deployment: Deployment, event: EventOutput) -> int:
    """Make a sample happen where the event comes from: it reaches the function as any other does."""
    try:
        words = SAMPLES[event["kind"]](deployment.aws_endpoint, _output(deployment)["region"], event)
    except CloudError as failed:
        raise UserError(f"{deployment.app.name}: {failed}") from None
    print(f"{words}: `slipway logs {deployment.app.name}` shows what came of it")
    return 0


def _output(deployment: Deployment) -> LambdaOutput:
    return cast("LambdaOutput", deployment.app.details)


PLATFORM = Platform(
    name="AWS Lambda",
    logs=logs,
    versions=versions,
    rollback=rollback,
    canary=True,
    prune=prune,
    invoke=invoke,
    trigger=trigger,
    present=present,
    data=NO_FILES.format("AWS Lambda"),
)
