"""Cloud Run Admin v2: jobs, whose executions are containers that run to their end.

https://cloud.google.com/run/docs/reference/rest/v2/projects.locations.jobs. A job that is written with a token is
executed once under that name: with ``runExecutionToken`` the operation ends when the execution has, and fails with it.
"""

import re

from slipway.sandbox.cloudrun import containers
from slipway.sandbox.docker.daemon import NoDaemonError
from slipway.sandbox.google import operations, policies
from slipway.sandbox.google.cloud import billed, stamp, usable
from slipway.sandbox.google.errors import ApiError, Json
from slipway.sandbox.google.routing import Call, standard
from slipway.sandbox.stores.google import Record, Transaction

SERVICE = "run.googleapis.com"
KIND = "run_job"
NAME = re.compile(r"[a-z]([a-z0-9-]{0,61}[a-z0-9])?")
FIELDS = ("annotations", "client", "clientVersion", "labels", "launchStage", "template")
TOKENS = ("runExecutionToken", "startExecutionToken")
TYPE = "type.googleapis.com/google.cloud.run.v2.Job"
LONGEST = 600.0
"""Seconds of an execution whose template names no timeout."""


def create(call: Call) -> Json:
    """Make a job, and execute it where it has a token; nothing is left of one whose execution failed."""
    id = call.query.get("jobId", "")
    if not NAME.fullmatch(id):
        raise ApiError(400, f"Job name must be 1 to 63 lowercase letters, digits and hyphens; got {id!r}")
    return _written(call, id, is_new=True)


def patch(call: Call) -> Json:
    """Change a job, and execute it where its token is another."""
    return _written(call, call["job"], is_new=False)


def get(call: Call) -> Json:
    """By its name."""
    with call.cloud.store.transaction() as now:
        usable(call.cloud, now, call["project"], SERVICE)
        return _shown(_there(now, call))


def listed(call: Call) -> Json:
    """Those of a region."""
    with call.cloud.store.transaction() as now:
        project = usable(call.cloud, now, call["project"], SERVICE).id
        found = [_shown(record) for record in now.all(KIND, project)]
    return call.page("jobs", [job for job in found if job["name"].split("/")[3] == call["location"]])


def delete(call: Call) -> Json:
    """Take it away."""
    with call.cloud.store.transaction() as now:
        record = _there(now, call)
        now.drop(KIND, record.name)
        return operations.done(now, _operation(call), call["project"], {"@type": TYPE, **_shown(record)})


def _written(call: Call, id: str, *, is_new: bool) -> Json:
    cloud, fields = call.cloud, {key: call.body[key] for key in FIELDS if key in call.body}
    task = (fields.get("template") or {}).get("template") or {}
    if len(task.get("containers") or ()) != 1:
        raise ApiError(400, "job.template.template.containers: the sandbox runs one container a task")
    name = f"{call['project']}/{call['location']}/{id}"
    with cloud.store.transaction() as now:
        project = billed(usable(cloud, now, call["project"], SERVICE)).id
        before = now.get(KIND, name)
        if is_new and before:
            raise ApiError(409, f"Resource '{id}' already exists.")
        if not is_new and before is None:
            raise ApiError(404, f"Resource '{id}' was not found.")
        email = task.get("serviceAccount")
        if email and policies.account_missing(now, f"serviceAccount:{email}"):
            raise ApiError(400, f"Service account {email} was not found. Please make sure it exists.")
    token = next((str(call.body[key]) for key in TOKENS if call.body.get(key)), "")
    earlier = before.body if before else {"generation": 0, "executions": 0, "token": "", "created": stamp()}
    body = {
        **earlier,
        "fields": fields,
        "token": token,
        "generation": earlier["generation"] + 1,
        "executions": earlier["executions"] + bool(token and token != earlier["token"]),
        "updated": stamp(),
    }

    def act() -> Json:
        if token and token != earlier["token"]:
            _execute(call, f"{id}-{token}", f"{call['project']}/{call['location']}/{id}", task)
        record = Record(name, project, body)
        with cloud.store.transaction() as now:
            now.put(KIND, record)
        return {"@type": TYPE, **_shown(record)}

    return operations.started(cloud, _operation(call), call["project"], {"@type": TYPE, "name": _id(name)}, act)


def _execute(call: Call, execution: str, job: str, task: Json) -> None:
    seconds = float(str(task.get("timeout") or "").removesuffix("s") or LONGEST)
    try:
        with containers.connected(call.cloud.docker) as client:
            status, log = containers.run_once(client, call.cloud.state_folder, job, execution, task, seconds)
    except NoDaemonError as error:
        raise ApiError(503, str(error)) from error
    if status:
        why = f"exited with the code {status}" if status > 0 else f"did not end within {seconds:g} s"
        raise ApiError(
            400,
            f"Execution '{execution}' has failed: the container {why}. Its log ends with:\n{log}",
            status="FAILED_PRECONDITION",
        )


def _there(now: Transaction, call: Call) -> Record:
    record = now.get(KIND, f"{call['project']}/{call['location']}/{call['job']}")
    if record is None:
        raise ApiError(404, f"Resource '{call['job']}' was not found.")
    return record


def _shown(record: Record) -> Json:
    body = record.body
    return {
        "launchStage": "GA",
        **body["fields"],
        "name": _id(record.name),
        "generation": str(body["generation"]),
        "observedGeneration": str(body["generation"]),
        "createTime": body["created"],
        "updateTime": body["updated"],
        "executionCount": body["executions"],
        "terminalCondition": {"type": "Ready", "state": "CONDITION_SUCCEEDED"},
    }


def _id(name: str) -> str:
    project, location, job = name.split("/")
    return f"projects/{project}/locations/{location}/jobs/{job}"


def _operation(call: Call) -> str:
    return f"projects/{call['project']}/locations/{call['location']}/operations/{operations.unique()}"


_J = "v2/projects/{project}/locations/{location}/jobs"
_ID = "run.projects.locations.jobs."
ROUTES = (*standard(_J, "job", _ID, create=create, list=listed, get=get, patch=patch, delete=delete),)
