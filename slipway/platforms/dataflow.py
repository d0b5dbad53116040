"""Dataflow, day by day: a pipeline's run, its transforms and its log."""

import time
from collections.abc import Iterator, Sequence
from typing import cast

from slipway.errors import UserError
from slipway.platforms.platform import Deployment, Platform
from slipway.sandbox.dataflow import jobs
from slipway.sandbox.dataflow.jobs import Status
from slipway.wire.outputs import DataflowOutput

POLL = 0.5
"""Seconds between two looks at a log that is followed."""


def logs(deployment: Deployment, follow: bool, lines: int) -> Iterator[str]:
    """What the run's process has written, from its file in the sandbox; in the cloud `gcloud` reads it."""
    if not deployment.run.sandbox:
        raise UserError(
            f"read the log of {deployment.app.name} with: "
            f"{_gcloud(deployment, 'logs', 'read', 'resource.type=dataflow_step')}"
        )
    job = _job(deployment)
    if job is None:
        raise UserError(f"{deployment.app.name} has not run here: `slipway up --stack {deployment.run.stack}` runs it")
    with jobs.log_path(deployment.run.project.state_folder, job.id).open(encoding="utf-8", errors="replace") as log:
        yield from (line.rstrip("\n") for line in log.readlines()[-lines:])
        while follow:
            if line := log.readline():
                yield line.rstrip("\n")
            elif (now := _job(deployment)) is None or now.over:
                return
            else:
                time.sleep(POLL)


def state(deployment: Deployment) -> Sequence[tuple[str, str]]:
    """The run's state, and how far each named transform is."""
    if not deployment.run.sandbox:
        command = _gcloud(deployment, "dataflow", "jobs", "list", f"--region={_output(deployment)['region']}")
        return [("state", f"{command} --filter=name={deployment.app.resource}")]
    job = _job(deployment)
    if job is None:
        return [("state", "has not run")]
    rows = [("state", f"{job.state}, {job.seconds:.1f} s"), ("job", job.id)]
    rows += [("error", line) for line in job.error.splitlines()[:1]]
    rows += [
        (each.name, f"{each.read:,} elements in, {each.written:,} out, {each.seconds:.1f} s") for each in job.transforms
    ]
    return [*rows, ("output", f"{_output(deployment)['output']}-*")]


def well(deployment: Deployment) -> bool:
    """Whether the run has not failed; the cloud itself is not asked."""
    job = _job(deployment) if deployment.run.sandbox else None
    return job is None or not job.failed


def _job(deployment: Deployment) -> Status | None:
    listed = jobs.listed(deployment.run.project.state_folder)
    return next((job for job in listed if job.name == deployment.app.resource), None)


def _gcloud(deployment: Deployment, *words: str) -> str:
    return f"gcloud {' '.join(words)} --project={_output(deployment)['project']}"


def _output(deployment: Deployment) -> DataflowOutput:
    return cast("DataflowOutput", deployment.app.details)


PLATFORM = Platform(
    name="Dataflow",
    logs=logs,
    versions="Dataflow keeps no versions that could run again: a run is made of the code as it is",
    rollback="Dataflow goes back to nothing: put the former code back, and `slipway up` runs it",
    canary="Dataflow runs a pipeline whole: it has no requests to share",
    prune="Dataflow keeps no versions: what a run leaves in staging/ and temp/ goes after some days",
    invoke="Dataflow takes no events: change the code or raise the app's `attempt`, and `slipway up` runs it again",
    trigger="Dataflow has no schedules here: raise the app's `attempt`, and `slipway up` runs it again",
    state=state,
    well=well,
    pull="Dataflow keeps no files of a pipeline: what it writes is in its bucket's output/",
    push="Dataflow keeps no files of a pipeline: what it writes is in its bucket's output/",
)
