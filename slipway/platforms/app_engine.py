"""Google App Engine, day by day."""

import time
from collections.abc import Collection, Iterator, Sequence
from contextlib import ExitStack
from datetime import datetime
from typing import cast

from slipway.errors import UserError
from slipway.platforms import google_jobs
from slipway.platforms.platform import Deployment, Platform, Version, schedule_resource, still_there
from slipway.sandbox import composition
from slipway.wire.outputs import AppEngineOutput

POLL = 0.5
"""Seconds between two looks at a log that is followed."""


def logs(deployment: Deployment, follow: bool, lines: int) -> Iterator[str]:
    """The logs of the versions that serve, from their files in the sandbox; in the cloud `gcloud` reads them."""
    run, app = deployment.run, deployment.app
    if not run.sandbox:
        raise UserError(f"read the log of {app.name} with: gcloud app logs tail --service {app.resource}")
    serve = [version.id for version in versions(deployment) if version.share]
    paths = {id: run.project.state_folder / "sandbox/logs" / f"{app.resource}.{id}.log" for id in serve}
    if missing := [str(path) for path in paths.values() if not path.exists()]:
        raise UserError(f"{app.name} has no log at {missing[0]}: is it up? `slipway up --stack {run.stack}`")
    with ExitStack() as stack:
        files = {id: stack.enter_context(path.open(encoding="utf-8", errors="replace")) for id, path in paths.items()}
        for id, file in files.items():
            yield from (_line(id, line, len(serve)) for line in file.readlines()[-lines:])
        while follow:
            new = [_line(id, line, len(serve)) for id, file in files.items() for line in file.readlines()]
            yield from new
            if not new:
                time.sleep(POLL)


def versions(deployment: Deployment) -> Sequence[Version]:
    """Those the program declares, newest first; when each was made is known in the sandbox alone."""
    app, details = deployment.app, _output(deployment)
    shares = {id: percent / 100 for id, percent in (details.get("traffic") or {}).items()}
    created = {}
    if deployment.run.sandbox:
        existing = composition.versions(deployment.run.project.state_folder, app.resource)
        created = {version.id: datetime.fromisoformat(version.created) for version in existing}
        shares = {version.id: version.traffic for version in existing}
    digests = details.get("digests") or {}
    return [
        Version(id=id, digest=digests.get(id, ""), made=created.get(id), share=shares.get(id, 0)) for id in app.versions
    ]


def present(deployment: Deployment) -> Collection[str]:
    """Those that the sandbox's App Engine has."""
    return {
        version.id for version in composition.versions(deployment.run.project.state_folder, deployment.app.resource)
    }


def trigger(deployment: Deployment, schedule: str) -> int:
    """Have the schedule's job run: by Cloud Scheduler in the cloud, in the sandbox by asking what the job asks."""
    return google_jobs.run(deployment, schedule_resource(deployment, schedule))


def _line(id: str, line: str, serving: int) -> str:
    text = line.rstrip("\n")
    return f"{id}: {text}" if serving > 1 else text


def _output(deployment: Deployment) -> AppEngineOutput:
    return cast("AppEngineOutput", deployment.app.details)


PLATFORM = Platform(
    name="App Engine",
    logs=logs,
    versions=versions,
    rollback=still_there,
    canary=True,
    prune=True,
    present=present,
    invoke="App Engine answers requests and takes no events: ask the app at its address",
    trigger=trigger,
    pull="App Engine keeps no files of an app: what it writes is in its bucket or its database",
    push="App Engine keeps no files of an app: what it writes is in its bucket or its database",
)
