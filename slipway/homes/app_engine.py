"""Google App Engine, day by day."""

import time
from collections.abc import Iterator, Sequence

from slipway.homes.home import Home, Kept, Place
from slipway.project import UserError

POLL = 0.5
"""Seconds between two looks at a log that is followed."""


def logs(place: Place, follow: bool, lines: int) -> Iterator[str]:
    """The log of the version that serves, from its file in the sandbox; in the cloud `gcloud` reads it."""
    run, app = place.run, place.app
    if not run.sandbox:
        raise UserError(f"read the log of {app.name} with: gcloud app logs tail --service {app.resource}")
    path = run.project.home / "sandbox/logs" / f"{app.resource}.{app.versions[0]}.log"
    try:
        with path.open(encoding="utf-8", errors="replace") as log:
            yield from (line.rstrip("\n") for line in log.readlines()[-lines:])
            while follow:
                line = log.readline()
                if line:
                    yield line.rstrip("\n")
                else:
                    time.sleep(POLL)
    except FileNotFoundError:
        raise UserError(f"{app.name} has no log at {path}: is it up? `slipway up --stack {run.stack}`") from None


def versions(place: Place) -> Sequence[Kept]:
    """Those the program declares, newest first."""
    return [Kept(id=id, share=float(at == 0)) for at, id in enumerate(place.app.versions)]


HOME = Home(
    name="App Engine",
    logs=logs,
    versions=versions,
    rollback="",
    canary="",
    prune="",
    invoke="App Engine answers requests and takes no events: ask the app at its address",
    trigger="",
)
