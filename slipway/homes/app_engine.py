"""Google App Engine, day by day."""

import os
import time
from collections.abc import Collection, Iterator, Sequence
from contextlib import ExitStack
from datetime import datetime

from slipway import lifecycle
from slipway.homes.home import PRUNED, Home, Kept, Place, still_there
from slipway.project import UserError

POLL = 0.5
"""Seconds between two looks at a log that is followed."""


def logs(place: Place, follow: bool, lines: int) -> Iterator[str]:
    """The logs of the versions that serve, from their files in the sandbox; in the cloud `gcloud` reads them."""
    run, app = place.run, place.app
    if not run.sandbox:
        raise UserError(f"read the log of {app.name} with: gcloud app logs tail --service {app.resource}")
    serve = [version.id for version in versions(place) if version.share]
    paths = {id: run.project.home / "sandbox/logs" / f"{app.resource}.{id}.log" for id in serve}
    if missing := [str(path) for path in paths.values() if not path.exists()]:
        raise UserError(f"{app.name} has no log at {missing[0]}: is it up? `slipway up --stack {run.stack}`")
    with ExitStack() as stack:
        files = {id: stack.enter_context(path.open(encoding="utf-8", errors="replace")) for id, path in paths.items()}
        for id, file in files.items():
            yield from (_line(id, line, len(serve)) for line in file.readlines()[-lines:])
        while follow:
            came = [_line(id, line, len(serve)) for id, file in files.items() for line in file.readlines()]
            yield from came
            if not came:
                time.sleep(POLL)


def versions(place: Place) -> Sequence[Kept]:
    """Those the program declares, newest first; when each was made is known in the sandbox alone."""
    app, details = place.app, place.app.details
    shares = {id: percent / 100 for id, percent in (details.get("traffic") or {}).items()}
    made = {}
    if place.run.sandbox:
        from slipway.sandbox import services

        there = services.versions(place.run.project.home, app.resource)
        made = {version.id: datetime.fromisoformat(version.created) for version in there}
        shares = {version.id: version.traffic for version in there}
    digests = details.get("digests") or {}
    return [Kept(id=id, digest=digests.get(id, ""), made=made.get(id), share=shares.get(id, 0)) for id in app.versions]


def present(place: Place) -> Collection[str]:
    """Those that the sandbox's App Engine has."""
    from slipway.sandbox import services

    return {version.id for version in services.versions(place.run.project.home, place.app.resource)}


def prune(place: Place, going: Sequence[Kept]) -> int:
    """They are declared: the program forgets them, and the engine deletes what is declared no more."""
    os.environ[PRUNED] = ",".join(f"{place.app.name}/{version.id}" for version in going)
    return lifecycle.up(place.run)


def trigger(place: Place, schedule: str) -> int:
    """Have the schedule's job run: by Cloud Scheduler in the cloud, in the sandbox by asking what the job asks."""
    from slipway.homes import google_jobs

    return google_jobs.run(place, place.app.details["schedules"][schedule]["resource"])


def _line(id: str, line: str, serving: int) -> str:
    text = line.rstrip("\n")
    return f"{id}: {text}" if serving > 1 else text


HOME = Home(
    name="App Engine",
    logs=logs,
    versions=versions,
    rollback=still_there,
    canary=True,
    prune=prune,
    present=present,
    invoke="App Engine answers requests and takes no events: ask the app at its address",
    trigger=trigger,
)
