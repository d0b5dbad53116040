"""The verbs of day 2, once for all homes: find the app, say what its home has not, show what it answers."""

import json
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC
from pathlib import Path
from typing import Any, TypeVar

from slipway import lifecycle
from slipway.apps import App, pick
from slipway.engines import Engine
from slipway.homes import HOMES, home_of
from slipway.homes.home import Home, Kept, Place
from slipway.lifecycle import Run
from slipway.project import UserError, nearest

Verb = TypeVar("Verb")
EXAMPLE = "`schedules: {nightly: {cron: '0 3 * * *', time_zone: Europe/Berlin}}`"


def invoke(stack: str, name: str, event: Path) -> int:
    """Call an app with the event in a file; 1 where it failed. Raises :class:`UserError`."""
    place, home = find(stack, name)
    call = able(place, home.invoke)
    return call(place, _event(event))


def logs(stack: str, name: str, *, follow: bool, lines: int) -> int:
    """Print what an app has logged, the last ``lines`` lines first; with ``follow`` until interrupted."""
    place, home = find(stack, name)
    read = able(place, home.logs)
    try:
        for line in read(place, follow, lines):
            print(line, flush=True)
    except KeyboardInterrupt:
        print()
    return 0


def versions(stack: str, name: str) -> int:
    """List the versions that are kept, newest first."""
    from slipway import tables
    from slipway.tables import table_of

    place, home = find(stack, name)
    kept = able(place, home.versions)(place)
    serves = place.app.details.get("serve")
    rows = [
        (version.id, version.digest[:12], _moment(version), _share(version), "pinned" if version.id == serves else "")
        for version in kept
    ]
    columns = ("version", "artifact", "made (UTC)", "requests", "")
    tables.show(table_of(f"{name} on {place.app.home}, newest first", columns, rows))
    return 0


def address(stack: str, name: str, *, browser: bool) -> int:
    """Print an app's address; with ``browser`` show it in one too, where somebody sits at a terminal."""
    place, _ = find(stack, name)
    if not place.app.url:
        raise UserError(f"{name} runs on {place.app.home} and has no address")
    print(place.app.url)
    if browser and sys.stdout.isatty():
        import webbrowser

        webbrowser.open(place.app.url)
    return 0


def states(run: Run, apps: Sequence[App]) -> dict[str, Sequence[tuple[str, str]]]:
    """What each app's home says of its state, by app; nothing of a home that is not in the table."""
    known = [app for app in apps if app.home in HOMES]
    with ThreadPoolExecutor(8) as pool:  # some homes measure for a second
        told = pool.map(lambda app: home_of(app.home).state(Place(run, app)), known)
        return {app.name: rows for app, rows in zip(known, told, strict=True)}


def unwell(run: Run, apps: Sequence[App]) -> list[str]:
    """The apps of which their homes say that they are not as they should be."""
    return [app.name for app in apps if app.home in HOMES and not home_of(app.home).well(Place(run, app))]


def trigger(stack: str, name: str, schedule: str | None) -> int:
    """Do at once what a schedule does when it is due; 1 where the app failed."""
    place, home = find(stack, name)
    run = able(place, home.trigger)
    known = place.app.details.get("schedules") or {}
    if not known:
        raise UserError(f"{name} has no schedules: say them in stacks/Pulumi.{stack}.yaml, as {EXAMPLE}, and `up`")
    if schedule is None and len(known) > 1:
        raise UserError(f"{name} has several schedules: say which of {', '.join(known)}")
    wanted = schedule or next(iter(known))
    if wanted not in known:
        raise UserError(f"{name} has no schedule {wanted!r}{nearest(wanted, known)}: it has {', '.join(known)}")
    return run(place, wanted)


def details(stack: str, name: str) -> Mapping[str, Any]:
    """All that a stack's outputs say of an app. Raises :class:`UserError`."""
    run = lifecycle.begin(stack, Engine.auto, ())
    return pick(lifecycle.outputs(run), name, stack).details


def find(stack: str, name: str, engine: Engine = Engine.auto) -> tuple[Place, Home]:
    """The app and its home. Raises :class:`UserError`, also for a home that has no verbs yet."""
    run = lifecycle.begin(stack, engine, ())
    app = pick(lifecycle.outputs(run), name, stack)
    if app.home not in HOMES:
        raise UserError(f"{name} runs on {app.home}, of which this command knows nothing: it knows {', '.join(HOMES)}")
    return Place(run, app), home_of(app.home)


def able(place: Place, verb: Verb | str) -> Verb:
    """The verb, where the home has it. Raises :class:`UserError` with the home's sentence where it has not."""
    if isinstance(verb, str):
        address = f": {place.app.url}" if place.app.url and "address" in verb else ""
        raise UserError(f"{place.app.name}: {verb}{address}")
    return verb


def _event(path: Path) -> bytes:
    try:
        text = path.read_bytes()
        json.loads(text)
    except OSError as missing:
        raise UserError(f"the event {path} cannot be read: {missing.strerror}") from None
    except ValueError as wrong:
        raise UserError(f"the event {path} is not JSON: {wrong}") from None
    return text


def _share(version: Kept) -> str:
    if version.share == 1:
        return "all traffic"
    return f"{version.share * 100:.0f} %" if version.share else ""


def _moment(version: Kept) -> str:
    return f"{version.made.astimezone(UTC):%Y-%m-%d %H:%M}" if version.made else ""
