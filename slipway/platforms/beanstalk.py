"""AWS Elastic Beanstalk, day by day."""

import time
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime

from slipway.errors import UserError
from slipway.platforms.app_engine import POLL
from slipway.platforms.platform import Deployment, Platform, Version, still_there, traffic


def logs(deployment: Deployment, follow: bool, lines: int) -> Iterator[str]:
    """What the web process wrote: its file in the sandbox, in the cloud the log group it is streamed to."""
    run, app = deployment.run, deployment.app
    if not run.sandbox:
        from slipway.sandbox.aws import functions

        for line in functions.logs(None, app.details["region"], app.details["log_group"], lines, follow):
            yield f"{line.time:%H:%M:%S} {line.text}"
        return
    from slipway.sandbox.aws.beanstalk_instances import log_path

    path = log_path(run.project.home, app.resource)
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
    app, details = deployment.app, deployment.app.details
    made = {}
    if deployment.run.sandbox:
        from slipway.sandbox.aws.beanstalk import made_when

        made = made_when(deployment.run.project.home)
    shares, digests = details.get("traffic") or {}, details.get("digests") or {}
    return [
        Version(id=id, digest=digests.get(id, ""), made=_moment(made.get(id)), share=shares.get(id, 0) / 100)
        for id in app.versions
    ]


def state(deployment: Deployment) -> Sequence[tuple[str, str]]:
    """What serves, and in the sandbox how the environment is and why."""
    rows = list(traffic(deployment))
    if deployment.run.sandbox:
        from slipway.sandbox.aws.beanstalk_instances import health

        rows += health(deployment.run.project.home, deployment.app.resource)
    return rows


def _moment(said: str | None) -> datetime | None:
    return datetime.fromisoformat(said.removesuffix(" +0000 UTC") + "+00:00") if said else None


def present(deployment: Deployment) -> Collection[str]:
    """Those that the sandbox's Beanstalk has."""
    from slipway.sandbox.aws.beanstalk import made_when

    return set(made_when(deployment.run.project.home))


PLATFORM = Platform(
    name="Elastic Beanstalk",
    logs=logs,
    versions=versions,
    rollback=still_there,
    canary="Elastic Beanstalk runs one version an environment: try a new one in a copy, `slipway stack new`",
    prune=True,
    invoke="Elastic Beanstalk answers requests and takes no events: ask the app at its address",
    trigger="Elastic Beanstalk has no schedules for web apps: use Lambda's, or cron in an .ebextensions file",
    state=state,
    present=present,
)
