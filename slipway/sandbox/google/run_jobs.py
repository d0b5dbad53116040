"""Cloud Run Admin v2: jobs, whose executions are containers that run to their end.

https://cloud.google.com/run/docs/reference/rest/v2/projects.locations.jobs. A job that is written with a token is
executed once under that name: with ``runExecutionToken`` the operation ends when the execution has, and fails with it.
"""

import hashlib
import re

from slipway.sandbox.google import operations, policies, run_executions
from slipway.sandbox.google.cloud import billed, stamp, usable
from slipway.sandbox.google.errors import ApiError, Json
from slipway.sandbox.google.routing import Call, Route, standard
from slipway.sandbox.google.run_services import CALLER
from slipway.sandbox.stores.google import Record, Transaction

SERVICE = "run.googleapis.com"
KIND = "run_job"
NAME = re.compile(r"[a-z]([a-z0-9-]{0,61}[a-z0-9])?")
FIELDS = ("annotations", "client", "clientVersion", "labels", "launchStage", "template")
TOKENS = ("runExecutionToken", "startExecutionToken")
TYPE = "type.googleapis.com/google.cloud.run.v2.Job"


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
        record = _there(now, call)
        return {**_shown(record), **_latest(now, record)}


def listed(call: Call) -> Json:
    """Those of a region, or with ``-`` of all."""
    with call.cloud.store.transaction() as now:
        project = usable(call.cloud, now, call["project"], SERVICE).id
        jobs = [{**_shown(record), **_latest(now, record)} for record in now.all(KIND, project)]
    return call.page("jobs", [job for job in jobs if call["location"] in ("-", job["name"].split("/")[3])])


def delete(call: Call) -> Json:
    """Take it away."""
    with call.cloud.store.transaction() as now:
        record = _there(now, call)
        now.drop(KIND, record.name)
        run_executions.forget(now, record.name)
        return operations.done(now, _operation(call), call["project"], {"@type": TYPE, **_shown(record)})


def run(call: Call) -> Json:
    """Execute it once more, with what the request says otherwise; the operation ends when the execution has."""
    cloud = call.cloud
    with cloud.store.transaction() as now:
        billed(usable(cloud, now, call["project"], SERVICE))
        record = _there(now, call)
        body = {**record.body, "executions": record.body["executions"] + 1}
        now.put(KIND, Record(record.name, record.project, body))
    template = run_executions.overridden(record.body["fields"]["template"], call.body.get("overrides") or {})
    order = run_executions.order(record.name, template)
    metadata = {"@type": run_executions.TYPE, **run_executions.begin(cloud, order)}
    return operations.started(
        cloud, _operation(call), call["project"], metadata, lambda: run_executions.run(cloud, order)
    )


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
            order = run_executions.order(name, fields["template"], name=f"{id}-{token}")
            run_executions.begin(cloud, order)
            try:
                run_executions.run(cloud, order)
            except ApiError:
                if is_new:
                    with cloud.store.transaction() as now:
                        run_executions.forget(now, name)
                raise
        record = Record(name, project, body)
        with cloud.store.transaction() as now:
            now.put(KIND, record)
        return {"@type": TYPE, **_shown(record)}

    return operations.started(cloud, _operation(call), call["project"], {"@type": TYPE, "name": _id(name)}, act)


def _there(now: Transaction, call: Call) -> Record:
    record = now.get(KIND, f"{call['project']}/{call['location']}/{call['job']}")
    if record is None:
        raise ApiError(404, f"Resource '{call['job']}' was not found.")
    return record


def _latest(now: Transaction, record: Record) -> Json:
    latest = run_executions.latest(now, record.name)
    return {"latestCreatedExecution": latest} if latest else {}


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
        "uid": _uid(record),
        "etag": f'"{_uid(record)[:8]}/{body["generation"]}"',
        "creator": CALLER,
        "lastModifier": CALLER,
        "conditions": [{"type": "ResourcesAvailable", "state": "CONDITION_SUCCEEDED"}],
        "terminalCondition": {"type": "Ready", "state": "CONDITION_SUCCEEDED"},
    }


def _uid(record: Record) -> str:
    """Drawn from its name and the time of its creation."""
    return hashlib.sha256(f"{record.name} {record.body['created']}".encode()).hexdigest()[:32]


def _id(name: str) -> str:
    project, location, job = name.split("/")
    return f"projects/{project}/locations/{location}/jobs/{job}"


def _operation(call: Call) -> str:
    return f"projects/{call['project']}/locations/{call['location']}/operations/{operations.unique()}"


_J = "v2/projects/{project}/locations/{location}/jobs"
_ID = "run.projects.locations.jobs."
ROUTES = (
    *standard(_J, "job", _ID, create=create, list=listed, get=get, patch=patch, delete=delete),
    Route("POST", f"{_J}/{{job}}:run", run, f"{_ID}run"),
    *run_executions.ROUTES,
)
