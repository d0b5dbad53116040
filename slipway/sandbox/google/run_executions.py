"""Cloud Run Admin v2: executions of jobs, which are containers that run to their end, a task after the other.

https://cloud.google.com/run/docs/reference/rest/v2/projects.locations.jobs.executions
"""

import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from slipway.sandbox.cloudrun import containers
from slipway.sandbox.cloudrun.containers import Ended, Task
from slipway.sandbox.docker.daemon import NoDaemonError
from slipway.sandbox.google import log_lines, operations
from slipway.sandbox.google import secrets as secret_values
from slipway.sandbox.google.cloud import Cloud, stamp, usable
from slipway.sandbox.google.errors import ApiError, Json
from slipway.sandbox.google.routing import Call, Route
from slipway.sandbox.stores.google import Record, Transaction

if TYPE_CHECKING:
    from docker import DockerClient

SERVICE = "run.googleapis.com"
KIND = "run_execution"
TYPE = "type.googleapis.com/google.cloud.run.v2.Execution"
LONGEST = 600.0
"""Seconds of a task whose template names no timeout."""
RETRIES = 3
"""Of a task whose template names no number: https://cloud.google.com/run/docs/configuring/max-retries."""
RUNNING, SUCCEEDED, FAILED, CANCELLED = "running", "succeeded", "failed", "cancelled"


@dataclass(frozen=True, kw_only=True)
class Order:
    """What is to be executed."""

    job: str
    """As the store calls it: ``PROJECT/LOCATION/JOB``."""
    name: str
    template: Json
    """An execution's: its tasks' template, their number."""

    @property
    def record(self) -> str:
        """The execution's name in the store."""
        return f"{self.job}/{self.name}"


def order(job: str, template: Json, *, name: str = "") -> Order:
    """An execution under a name, or one that is drawn."""
    return Order(job=job, name=name or f"{job.rsplit('/', 1)[-1]}-{secrets.token_hex(3)[:5]}", template=template)


def overridden(template: Json, overrides: Json) -> Json:
    """The template of an execution with what a request to run says otherwise."""
    task = dict(template.get("template") or {})
    changed = dict(template)
    if overrides.get("taskCount"):
        changed["taskCount"] = int(overrides["taskCount"])
    if overrides.get("timeout"):
        task["timeout"] = overrides["timeout"]
    for override in overrides.get("containerOverrides") or ():
        (container,) = task["containers"]
        variables = {one["name"]: one for one in (*(container.get("env") or ()), *(override.get("env") or ()))}
        args = [] if override.get("clearArgs") else override.get("args") or container.get("args")
        task["containers"] = [{**container, "env": list(variables.values()), **({"args": args} if args else {})}]
    return {**changed, "template": task}


def begin(cloud: Cloud, order: Order) -> Json:
    """Store an execution that is about to run; how it is shown."""
    with cloud.store.transaction() as now:
        body = {"state": RUNNING, "began": stamp(), "ended": "", "template": order.template, "done": 0, "retried": 0}
        record = Record(order.record, order.job.split("/")[0], body)
        now.put(KIND, record)
        return shown(record)


def run(cloud: Cloud, order: Order) -> Json:
    """Run the tasks of an execution that has begun; how it is shown then. Raises :class:`ApiError` where it fails."""
    count = int(order.template.get("taskCount") or 1)
    failure = ""
    try:
        with containers.connected(cloud.docker) as client:
            for index in range(count):
                failure = _task(client, cloud, order, index, count)
                if failure:
                    break
                _change(cloud, order, lambda body: {"done": body["done"] + 1})
    except NoDaemonError as error:
        _change(cloud, order, lambda _: {"state": FAILED, "ended": stamp()})
        raise ApiError(503, str(error)) from error
    except Exception:
        _change(cloud, order, lambda _: {"state": FAILED, "ended": stamp()})
        raise
    end = FAILED if failure else SUCCEEDED
    record = _change(cloud, order, lambda body: {
        "state": CANCELLED if body["state"] == CANCELLED else end, "ended": stamp()
    })  # fmt: skip
    if record.body["state"] == CANCELLED:
        raise ApiError(400, f"Execution '{order.name}' was cancelled.", status="CANCELLED")
    if failure:
        raise ApiError(400, f"Execution '{order.name}' has failed: {failure}", status="FAILED_PRECONDITION")
    return {"@type": TYPE, **shown(record)}


def abort_pending(cloud: Cloud) -> list[Record]:
    """Count the executions as failed that an earlier server was about when it ended; those that were."""
    with cloud.store.transaction() as now:
        pending = [record for record in now.all(KIND) if record.body["state"] == RUNNING]
        for record in pending:
            now.put(KIND, Record(record.name, record.project, {**record.body, "state": FAILED, "ended": stamp()}))
    return pending


def end_containers(cloud: Cloud, executions: Iterable[Record]) -> None:
    """Remove what executions have left on the Docker daemon."""
    try:
        with containers.connected(cloud.docker) as client:
            for record in executions:
                job, _, name = record.name.rpartition("/")
                containers.end(client, cloud.state_folder, job, name)
    except NoDaemonError:
        return


def get(call: Call) -> Json:
    """By its name."""
    with call.cloud.store.transaction() as now:
        return shown(_there(now, call))


def listed(call: Call) -> Json:
    """Those of a job, or with ``-`` of all jobs of a region, the newest first."""
    with call.cloud.store.transaction() as now:
        project = usable(call.cloud, now, call["project"], SERVICE).id
        executions = [
            record
            for record in now.all(KIND, project)
            if call["location"] in ("-", record.name.split("/")[1]) and call["job"] in ("-", record.name.split("/")[2])
        ]
    executions.sort(key=lambda record: record.body["began"], reverse=True)
    return call.page("executions", [shown(record) for record in executions])


def cancel(call: Call) -> Json:
    """End one that runs."""
    with call.cloud.store.transaction() as now:
        record = _there(now, call)
        if record.body["state"] != RUNNING:
            raise ApiError(400, f"Execution '{call['execution']}' is already complete.", status="FAILED_PRECONDITION")
        record = Record(record.name, record.project, {**record.body, "state": CANCELLED})
        now.put(KIND, record)
        done = operations.done(now, operation(call), call["project"], {"@type": TYPE, **shown(record)})
    with containers.connected(call.cloud.docker) as client:
        containers.kill(client, call.cloud.state_folder, record.name.rpartition("/")[0], call["execution"])
    return done


def delete(call: Call) -> Json:
    """Forget one that is over."""
    with call.cloud.store.transaction() as now:
        record = _there(now, call)
        if record.body["state"] == RUNNING:
            raise ApiError(400, f"Execution '{call['execution']}' still runs.", status="FAILED_PRECONDITION")
        now.drop(KIND, record.name)
        return operations.done(now, operation(call), call["project"], {"@type": TYPE, **shown(record)})


def forget(now: Transaction, job: str) -> None:
    """Drop the executions of a job that is going away."""
    for record in now.all(KIND, job.split("/")[0]):
        if record.name.startswith(f"{job}/"):
            now.drop(KIND, record.name)


def latest(now: Transaction, job: str) -> Json:
    """The reference to the newest execution of a job; empty where it has none."""
    records = [record for record in now.all(KIND, job.split("/")[0]) if record.name.startswith(f"{job}/")]
    if not records:
        return {}
    record = max(records, key=lambda record: record.body["began"])
    ended = {"completionTime": record.body["ended"]} if record.body["ended"] else {}
    return {
        "name": record.name.rpartition("/")[2],
        "createTime": record.body["began"],
        "completionStatus": f"EXECUTION_{record.body['state'].upper()}",
        **ended,
    }


def shown(record: Record) -> Json:
    """An execution as the API has it."""
    body, (project, location, job, name) = record.body, record.name.split("/")
    state, template = body["state"], body["template"]
    count = int(template.get("taskCount") or 1)
    ended = {"completionTime": body["ended"]} if body["ended"] else {}
    return {
        "name": f"projects/{project}/locations/{location}/jobs/{job}/executions/{name}",
        "job": job,
        "generation": "1",
        "observedGeneration": "1",
        "launchStage": "GA",
        "createTime": body["began"],
        "startTime": body["began"],
        "updateTime": body["ended"] or body["began"],
        **ended,
        "taskCount": count,
        "parallelism": int(template.get("parallelism") or 1),
        "template": template.get("template") or {},
        "succeededCount": body["done"],
        "runningCount": int(state == RUNNING),
        "failedCount": int(state == FAILED),
        "cancelledCount": int(state == CANCELLED),
        "retriedCount": body["retried"],
        "reconciling": state == RUNNING,
        "conditions": [_condition(state)],
    }


def operation(call: Call) -> str:
    """A new operation's name."""
    return f"projects/{call['project']}/locations/{call['location']}/operations/{operations.unique()}"


def _condition(state: str) -> Json:
    completed = {"type": "Completed"}
    if state == RUNNING:
        return {**completed, "state": "CONDITION_RECONCILING"}
    if state == SUCCEEDED:
        return {**completed, "state": "CONDITION_SUCCEEDED"}
    reason = {"executionReason": "CANCELLED"} if state == CANCELLED else {"executionReason": "NON_ZERO_EXIT_CODE"}
    return {**completed, "state": "CONDITION_FAILED", "message": f"The execution has {state}.", **reason}


def _task(client: "DockerClient", cloud: Cloud, order: Order, index: int, count: int) -> str:
    """Run a task, again where it fails; "" or why it has failed."""
    template: Json = order.template.get("template") or {}
    template = secret_values.with_values(cloud.store, order.job.split("/")[0], template, f"Execution '{order.name}': ")
    seconds = float(str(template.get("timeout") or "").removesuffix("s") or LONGEST)
    most = int(template.get("maxRetries", RETRIES))
    failure = ""
    for attempt in range(most + 1):
        if _cancelled(cloud, order):
            return "it was cancelled"
        task = Task(
            job=order.job,
            execution=order.name,
            template=template,
            seconds=seconds,
            index=index,
            count=count,
            attempt=attempt,
        )
        ended = containers.run_once(client, cloud.state_folder, task, lambda: _cancelled(cloud, order))
        _log(cloud, order, index, ended)
        if not ended.status:
            return ""
        why = f"exited with the code {ended.status}" if ended.status > 0 else f"did not end within {seconds:g} s"
        failure = f"the container {why}. Its log ends with:\n{ended.log}"
        if attempt < most:
            _change(cloud, order, lambda body: {"retried": body["retried"] + 1})
    return failure


def _cancelled(cloud: Cloud, order: Order) -> bool:
    """Whether the execution is to end: it was cancelled, or its job is not there any more."""
    record = cloud.store.get(KIND, order.record)
    return record is None or record.body["state"] == CANCELLED


def _log(cloud: Cloud, order: Order, index: int, ended: Ended) -> None:
    project, location, job = order.job.split("/")
    common: Json = {
        "logName": f"projects/{project}/logs/run.googleapis.com%2Fstdout",
        "resource": {
            "type": "cloud_run_job",
            "labels": {"project_id": project, "location": location, "job_name": job},
        },
        "labels": {"run.googleapis.com/execution_name": order.name, "run.googleapis.com/task_index": str(index)},
    }
    times = {"timestamp", "receiveTimestamp"}
    log_lines.put(
        cloud,
        project,
        *({**dict.fromkeys(times, time), **common, **log_lines.payload(text)} for time, text in ended.lines),
    )


def _change(cloud: Cloud, order: Order, change: Callable[[Json], Json]) -> Record:
    with cloud.store.transaction() as now:
        record = now.get(KIND, order.record)
        if record is None:  # its job went meanwhile
            return Record(order.record, order.job.split("/")[0], {
                "state": CANCELLED, "began": stamp(), "ended": stamp(), "template": {}, "done": 0, "retried": 0
            })  # fmt: skip
        record = Record(record.name, record.project, {**record.body, **change(record.body)})
        now.put(KIND, record)
        return record


def _there(now: Transaction, call: Call) -> Record:
    project = usable(call.cloud, now, call["project"], SERVICE).id
    record = now.get(KIND, f"{project}/{call['location']}/{call['job']}/{call['execution']}")
    if record is None:
        raise ApiError(404, f"Resource '{call['execution']}' was not found.")
    return record


_E = "v2/projects/{project}/locations/{location}/jobs/{job}/executions"
_ID = "run.projects.locations.jobs.executions."
ROUTES = (
    Route("GET", _E, listed, f"{_ID}list"),
    Route("GET", f"{_E}/{{execution}}", get, f"{_ID}get"),
    Route("POST", f"{_E}/{{execution}}:cancel", cancel, f"{_ID}cancel"),
    Route("DELETE", f"{_E}/{{execution}}", delete, f"{_ID}delete"),
)
