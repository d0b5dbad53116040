"""Call an app now: ``slipway invoke`` with an event, ``slipway trigger`` as one of its schedules does."""

import json
from pathlib import Path

from slipway.errors import UserError, nearest
from slipway.stack.engines import Engine
from slipway.verbs.deployments import find_deployment, require

EXAMPLE = "`schedules: {nightly: {cron: '0 3 * * *', time_zone: Europe/Berlin}}`"


def invoke(stack: str, name: str, event: Path, engine: Engine = Engine.auto) -> int:
    """Call an app with the event in a file; 1 where it failed. Raises :class:`UserError`."""
    deployment, platform = find_deployment(stack, name, engine)
    call = require(deployment, platform.invoke)
    return call(deployment, _read_event(event))


def trigger(stack: str, name: str, schedule: str | None, engine: Engine = Engine.auto) -> int:
    """Do now what a schedule does when it is due; 1 where the app failed. Raises :class:`UserError`."""
    deployment, platform = find_deployment(stack, name, engine)
    call = require(deployment, platform.trigger)
    schedules = deployment.app.details.get("schedules") or {}
    if not schedules:
        raise UserError(f"{name} has no schedules: set them in stacks/Pulumi.{stack}.yaml, as {EXAMPLE}, and `up`")
    if schedule is None and len(schedules) > 1:
        raise UserError(f"{name} has several schedules: name one of {', '.join(schedules)}")
    chosen = schedule or next(iter(schedules))
    if chosen not in schedules:
        raise UserError(f"{name} has no schedule {chosen!r}{nearest(chosen, schedules)}: it has {', '.join(schedules)}")
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
