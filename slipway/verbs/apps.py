"""The verbs of day 2, once for all platforms: find the app, say what its platform has not, show what it answers."""

import json
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC
from pathlib import Path
from typing import Any, TypeVar

from slipway.errors import UserError, nearest
from slipway.platforms import PLATFORMS, platform_of
from slipway.platforms.platform import Deployment, Platform, Version
from slipway.stack.engines import Engine
from slipway.stack.outputs import App, pick
from slipway.stack.session import Run, open_run, outputs
from slipway.verbs import tables
from slipway.verbs.tables import table_of

Verb = TypeVar("Verb")
EXAMPLE = "`schedules: {nightly: {cron: '0 3 * * *', time_zone: Europe/Berlin}}`"


def invoke(stack: str, name: str, event: Path) -> int:
    """Call an app with the event in a file; 1 where it failed. Raises :class:`UserError`."""
    deployment, platform = find(stack, name)
    call = able(deployment, platform.invoke)
    return call(deployment, _event(event))


def logs(stack: str, name: str, *, follow: bool, lines: int) -> int:
    """Print what an app has logged, the last ``lines`` lines first; with ``follow`` until interrupted."""
    deployment, platform = find(stack, name)
    read = able(deployment, platform.logs)
    try:
        for line in read(deployment, follow, lines):
            print(line, flush=True)
    except KeyboardInterrupt:
        print()
    return 0


def versions(stack: str, name: str) -> int:
    """List the versions that are kept, newest first."""
    deployment, platform = find(stack, name)
    kept = able(deployment, platform.versions)(deployment)
    serves = deployment.app.details.get("serve")
    rows = [
        (version.id, version.digest[:12], _moment(version), _share(version), "pinned" if version.id == serves else "")
        for version in kept
    ]
    columns = ("version", "artifact", "made (UTC)", "requests", "")
    tables.show(table_of(f"{name} on {deployment.app.platform}, newest first", columns, rows))
    return 0


def address(stack: str, name: str, *, browser: bool) -> int:
    """Print an app's address; with ``browser`` show it in one too, where somebody sits at a terminal."""
    deployment, _ = find(stack, name)
    if not deployment.app.url:
        raise UserError(f"{name} runs on {deployment.app.platform} and has no address")
    print(deployment.app.url)
    if browser and sys.stdout.isatty():
        import webbrowser

        webbrowser.open(deployment.app.url)
    return 0


def states(run: Run, apps: Sequence[App]) -> dict[str, Sequence[tuple[str, str]]]:
    """What each app's platform says of its state, by app; nothing of a platform that is not in the table."""
    known = [app for app in apps if app.platform in PLATFORMS]
    with ThreadPoolExecutor(8) as pool:  # some platforms measure for a second
        told = pool.map(lambda app: platform_of(app.platform).state(Deployment(run, app)), known)
        return {app.name: rows for app, rows in zip(known, told, strict=True)}


def unwell(run: Run, apps: Sequence[App]) -> list[str]:
    """The apps of which their platforms say that they are not as they should be."""
    return [
        app.name
        for app in apps
        if app.platform in PLATFORMS and not platform_of(app.platform).well(Deployment(run, app))
    ]


def trigger(stack: str, name: str, schedule: str | None) -> int:
    """Do at once what a schedule does when it is due; 1 where the app failed."""
    deployment, platform = find(stack, name)
    run = able(deployment, platform.trigger)
    known = deployment.app.details.get("schedules") or {}
    if not known:
        raise UserError(f"{name} has no schedules: say them in stacks/Pulumi.{stack}.yaml, as {EXAMPLE}, and `up`")
    if schedule is None and len(known) > 1:
        raise UserError(f"{name} has several schedules: say which of {', '.join(known)}")
    wanted = schedule or next(iter(known))
    if wanted not in known:
        raise UserError(f"{name} has no schedule {wanted!r}{nearest(wanted, known)}: it has {', '.join(known)}")
    return run(deployment, wanted)


def details(stack: str, name: str) -> Mapping[str, Any]:
    """All that a stack's outputs say of an app. Raises :class:`UserError`."""
    run = open_run(stack, Engine.auto)
    return pick(outputs(run), name, stack).details


def find(stack: str, name: str, engine: Engine = Engine.auto) -> tuple[Deployment, Platform]:
    """The app and its platform. Raises :class:`UserError`, also for a platform that has no verbs yet."""
    run = open_run(stack, engine)
    app = pick(outputs(run), name, stack)
    if app.platform not in PLATFORMS:
        raise UserError(
            f"{name} runs on {app.platform}, of which this command knows nothing: it knows {', '.join(PLATFORMS)}"
        )
    return Deployment(run, app), platform_of(app.platform)


def able(deployment: Deployment, verb: Verb | str) -> Verb:
    """The verb, where the platform has it. Raises :class:`UserError` with the platform's sentence where it has not."""
    if isinstance(verb, str):
        address = f": {deployment.app.url}" if deployment.app.url and "address" in verb else ""
        raise UserError(f"{deployment.app.name}: {verb}{address}")
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


def _share(version: Version) -> str:
    if version.share == 1:
        return "all traffic"
    return f"{version.share * 100:.0f} %" if version.share else ""


def _moment(version: Version) -> str:
    return f"{version.made.astimezone(UTC):%Y-%m-%d %H:%M}" if version.made else ""
