"""Dataflow, day by day: a pipeline's run, its transforms and its messages, as Dataflow's API has them everywhere."""

import os
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

from slipway.catalog.dataflow_jobs import Api, AskError, Job, Message, Place
from slipway.errors import UserError
from slipway.platforms.platform import Deployment, Platform
from slipway.stack import session
from slipway.wire.outputs import DataflowOutput

POLL = 1.0
"""Seconds between two looks at the messages of a job that is followed."""
READ, WRITTEN, BUSY = "ElementsRead", "ElementCount", "ExecutionTime_ProcessElement"
"""The names under which a step is counted: https://cloud.google.com/dataflow/docs/reference/rest/v1b3/JobMetrics."""


def logs(deployment: Deployment, follow: bool, lines: int) -> Iterator[str]:
    """What Dataflow says of the run, its end and its errors; in the cloud the workers' own lines are elsewhere."""
    job = _needed(deployment)
    api, place = _api(deployment), _place(deployment)
    every = _answered(api.messages, place, job.id)
    yield from map(_line, every[-lines:] if lines else [])
    if not deployment.run.sandbox:
        chosen = f'resource.type="dataflow_step" AND resource.labels.job_id="{job.id}"'
        yield f"the workers' own lines: gcloud logging read '{chosen}' --project={place.project}"
    while follow:
        over = _needed(deployment).state.over  # looked at first, or what comes between would be lost
        later = _answered(api.messages, place, job.id)
        yield from map(_line, later[len(every) :])
        every = later
        if over:
            return
        time.sleep(POLL)


def state(deployment: Deployment) -> Sequence[tuple[str, str]]:
    """The run's state, and how far each named transform is."""
    output, job = _output(deployment), _job(deployment)
    if job is None:
        return [("state", "has not run"), *_ended(output)]
    rows = [("state", _in_words(job)), ("job", job.id)]
    api, place = _api(deployment), _place(deployment)
    if job.state.failed:
        errors = [each for each in _answered(api.messages, place, job.id) if each.importance == "JOB_MESSAGE_ERROR"]
        rows += [("error", line) for line in (errors[-1].text.splitlines()[:1] if errors else ())]
    counters = _counted(_answered(api.counters, place, job.id))
    rows += [
        (step, f"{int(each[READ]):,} elements in, {int(each[WRITTEN]):,} out, {each[BUSY]:.1f} s")
        if READ in each
        else (step, f"{int(each.get(WRITTEN, 0)):,} elements")
        for step, each in counters.items()
    ]
    return [*rows, ("output", f"{output['output']}-*")]


def well(deployment: Deployment) -> bool:
    """Whether the run has not failed."""
    job = _job(deployment)
    return job is None or not job.state.failed


def _job(deployment: Deployment) -> Job | None:
    """The run's job: the latest of its name."""
    listed = _answered(_api(deployment).jobs, _place(deployment), name=deployment.app.resource)
    return next(iter(listed or ()), None)


def _needed(deployment: Deployment) -> Job:
    job = _job(deployment)
    if job is None:
        raise UserError(f"{deployment.app.name} has not run: `slipway up --stack {deployment.run.stack}` runs it")
    return job


def _answered(ask: Any, *what: Any, **words: Any) -> Any:  # noqa: ANN401 - a method of the API, its arguments and answer
    """What the API answers. Raises :class:`UserError`."""
    try:
        return ask(*what, **words)
    except AskError as error:
        raise UserError(str(error)) from None


def _api(deployment: Deployment) -> Api:
    run = deployment.run
    return Api.of(session.sandbox_environment(run) if run.sandbox else os.environ)


def _place(deployment: Deployment) -> Place:
    output = _output(deployment)
    return Place(project=output["project"], region=output["region"])


def _in_words(job: Job) -> str:
    seconds = job.seconds
    return f"{job.state.api}, {seconds:.1f} s" if seconds is not None else job.state.api


def _ended(output: DataflowOutput) -> list[tuple[str, str]]:
    """What is remembered of a run that Dataflow does not list any more."""
    ended = (output.get("runs") or {}).get(output["run"])
    return [("earlier", f"{ended['state']}; Dataflow lists a job for 30 days after its end")] if ended else []


def _counted(metrics: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, float]]:
    """By step, in the API's order: its counters. Tentative values are those of bundles that are not done yet."""
    steps: dict[str, dict[str, float]] = {}
    for metric in metrics:
        name = metric.get("name", {})
        context = name.get("context") or {}
        step = context.get("step") or context.get("output_user_name", "")
        if step and name.get("name") in (READ, WRITTEN, BUSY) and context.get("tentative") != "true":
            steps.setdefault(step, {})[name["name"]] = float(metric.get("scalar", 0))
    return steps


def _line(message: Message) -> str:
    return message.text


def _output(deployment: Deployment) -> DataflowOutput:
    return cast("DataflowOutput", deployment.app.details)


PLATFORM = Platform(
    name="Dataflow",
    logs=logs,
    versions="Dataflow keeps no versions: every run uses the present code",
    rollback="Dataflow keeps no versions: restore the earlier code, then `slipway up` runs it",
    canary="Dataflow runs pipelines, which get no requests to share",
    prune="Dataflow keeps no versions: files in staging/ and temp/ are deleted after some days",
    invoke="Dataflow takes no events: change the code or raise the app's `attempt`, then `slipway up` runs it again",
    trigger="Dataflow has no schedules by Slipway: raise the app's `attempt`, then `slipway up` runs it again",
    state=state,
    well=well,
    data="Dataflow keeps no files of a pipeline: what it writes is in its bucket's output/",
)
