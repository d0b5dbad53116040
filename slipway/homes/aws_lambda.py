"""AWS Lambda, day by day."""

import sys
from collections.abc import Iterator, Sequence

from slipway.homes.home import Home, Kept, Place

ALIAS = "live"
"""What callers know; it points at the version that serves."""


def invoke(place: Place, event: bytes) -> int:
    """Call the function as callers do, by its alias; show what it returned and what it logged."""
    from slipway.sandbox.aws import functions

    app = place.app
    answer = functions.invoke(place.aws_endpoint, app.details["region"], app.resource, ALIAS, event)
    print(answer.payload.decode())
    for line in answer.log_tail.splitlines():
        print(f"  log: {line}", file=sys.stderr)
    if answer.error:
        print(f"error: {app.name} failed ({answer.error})", file=sys.stderr)
    return 1 if answer.error else 0


def logs(place: Place, follow: bool, lines: int) -> Iterator[str]:
    """The lines of its log group, with the moment each was written (UTC)."""
    from slipway.sandbox.aws import functions

    details = place.app.details
    for line in functions.logs(place.aws_endpoint, details["region"], details["log_group"], lines, follow):
        yield f"{line.time:%H:%M:%S} {line.text}"


def versions(place: Place) -> Sequence[Kept]:
    """Those that Lambda keeps, newest first."""
    return [Kept(id=id, share=float(at == 0)) for at, id in enumerate(place.app.versions)]


HOME = Home(
    name="AWS Lambda",
    logs=logs,
    versions=versions,
    rollback="",
    canary="",
    prune="",
    invoke=invoke,
    trigger="",
)
