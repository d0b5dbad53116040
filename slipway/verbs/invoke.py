"""Call an app now: ``slipway invoke`` with an event, ``slipway trigger`` as one of its schedules does."""

import json
from pathlib import Path

from slipway.errors import UserError, nearest
from slipway.stack.engines import Engine
from slipway.verbs.deployments import find_deployment, require

EXAMPLE = "`schedules: {nightly: {cron: '0 3 * * *', time_zone: Europe/Berlin}}`"


def invoke(stack: str, name: str, event: Path | None, engine: Engine = Engine.auto) -> int:
    """Call an app with the event in a file; 1 where it failed. Raises :class:`UserError`."""
    deployment, platform = find_deployment(stack, name, engine)
    call = require(deployment, platform.invoke)
    if event is None:
        raise UserError(
            f"{name} is called with an event: `slipway invoke {name} --event FILE`, a file with a JSON value"
        )
    return call(deployment, _read_event(event))


def trigger(stack: str, name: str, schedule: str | None, engine: Engine = Engine.auto) -> int:
    """Do now what a schedule does when it is due, or send an event's sample; 1 where that failed.

    Raises :class:`UserError`.
    """
    deployment, platform = find_deployment(stack, name, engine)
    call = require(deployment, platform.trigger)
    schedules = deployment.app.details.get("schedules") or {}
    events = [one for one in deployment.app.details.get("events") or {} if one not in schedules]
    known = [*schedules, *events]
    if not known:
        raise UserError(
            f"{name} has no schedules and no events: set them in stacks/Pulumi.{stack}.yaml, as {EXAMPLE}, and `up`"
        )
    what = "schedule" if not events else "schedule or event"
    if schedule is None and len(known) > 1:
        raise UserError(f"{name} has several {what.replace(' or ', 's and ')}s: name one of {', '.join(known)}")
    chosen = schedule or known[0]
    if chosen not in known:
        raise UserError(f"{name} has no {what} {chosen!r}{nearest(chosen, known)}: it has {', '.join(known)}")
    return call(deployment, chosen)


def _read_event(path: Path) -> bytes:
    try:
        event = path.read_bytes()
        json.loads(event)
    except OSError as missing:
        raise UserError(f"the event {path} cannot be read: {missing.strerror}; name a file with a JSON value") from None
    except ValueError as wrong:
        raise UserError(f"the event {path} is not JSON: {wrong}; put keys and texts in double quotes") from None
    return event
