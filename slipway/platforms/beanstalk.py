"""AWS Elastic Beanstalk, day by day."""

import time
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from typing import cast

from slipway.errors import UserError
from slipway.platforms.platform import NO_FILES, Deployment, Platform, Version, still_there, traffic, troubles
from slipway.sandbox.aws import functions
from slipway.sandbox.aws.beanstalk_instances import health, log_path, of_environment
from slipway.sandbox.running import restarts
from slipway.sandbox.stores.beanstalk import made_when
from slipway.wire.outputs import BeanstalkOutput

POLL = 0.5
"""Seconds between two looks at a log that is followed."""


def logs(deployment: Deployment, follow: bool, lines: int) -> Iterator[str]:
    """What the web process wrote: its file in the sandbox, in the cloud the log group it is streamed to."""
    run, app = deployment.run, deployment.app
    if not run.sandbox:
        output = _output(deployment)
        for line in functions.logs(None, output["region"], output["log_group"], lines, follow):
            yield f"{line.time:%H:%M:%S} {line.text}"
        return
    path = log_path(run.project.state_folder, app.resource)
    if not path.exists():
        raise UserError(f"{app.name} has no log at {path}: is it up? `slipway up --stack {run.stack}`")
    with path.open(encoding="utf-8", errors="replace") as file:
        yield from (line.rstrip("\n") for line in file.readlines()[-lines:])
        while follow:
            line = file.readline()
            if line:
                yield line.rstrip("\n")
            else:
                time.sleep(POLL)


def versions(deployment: Deployment) -> Sequence[Version]:
    """Those the program declares, newest first; when each was made is known in the sandbox alone."""
    app, details = deployment.app, _output(deployment)
    created = {}
    if deployment.run.sandbox:
        created = made_when(deployment.run.project.state_folder)
    shares, digests = details.get("traffic") or {}, details.get("digests") or {}
    return [
        Version(id=id, digest=digests.get(id, ""), made=_moment(created.get(id)), share=shares.get(id, 0) / 100)
        for id in app.versions
    ]


def state(deployment: Deployment) -> Sequence[tuple[str, str]]:
    """What serves, and in the sandbox how the environment is and why."""
    rows = list(traffic(deployment))
    if deployment.run.sandbox:
        rows += health(deployment.run.project.state_folder, deployment.app.resource)
    return rows


def restarts_of(deployment: Deployment) -> Sequence[tuple[str, str]]:
    """In the sandbox, which counts them."""
    if not deployment.run.sandbox:
        return ()
    state_folder = deployment.run.project.state_folder
    names = of_environment(state_folder, deployment.app.resource)
    return troubles(memory_kills=0, restarts=restarts.times(state_folder, names))


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text.removesuffix(" +0000 UTC") + "+00:00") if text else None


def present(deployment: Deployment) -> Collection[str]:
    """Those that the sandbox's Beanstalk has."""
    return set(made_when(deployment.run.project.state_folder))


def _output(deployment: Deployment) -> BeanstalkOutput:
    return cast("BeanstalkOutput", deployment.app.details)


PLATFORM = Platform(
    name="Elastic Beanstalk",
    logs=logs,
    versions=versions,
    rollback=still_there,
    canary="Elastic Beanstalk serves one version at a time: try a new one in a copy, `slipway stack new`",
    prune=True,
    invoke="Elastic Beanstalk answers requests and takes no events: ask the app at its address",
    trigger="Elastic Beanstalk has no schedules for web apps: use Lambda's, or cron in an .ebextensions file",
    state=state,
    present=present,
    troubles=restarts_of,
    data=NO_FILES.format("Elastic Beanstalk"),
)
