"""Dataflow v1b3: jobs, their messages and metrics; flex templates launch them (:mod:`.flex_templates`).

https://cloud.google.com/dataflow/docs/reference/rest/v1b3/projects.locations.jobs
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from slipway.sandbox.dataflow import jobs
from slipway.sandbox.dataflow.jobs import Status
from slipway.sandbox.google import flex_templates
from slipway.sandbox.google.cloud import active
from slipway.sandbox.google.errors import ApiError, Json
from slipway.sandbox.google.routing import Api, Call, Route
from slipway.sandbox.stores.google import Record

BY_FILTER: Mapping[str, Callable[[Status], bool]] = {
    "ALL": lambda _status: True,
    "UNKNOWN": lambda _status: True,
    "ACTIVE": lambda status: not status.over,
    "TERMINATED": lambda status: status.over,
}
ENDS = (jobs.CANCELLED, "JOB_STATE_DRAINED")
"""The states that one may ask for."""
LINES = 5_000
"""Of a log, from its end: what Dataflow keeps of a job's messages is bounded too."""


def list_jobs(call: Call) -> Json:
    """The jobs that ``filter`` and ``name`` let through, the latest first; of all regions where the path names none."""
    chosen = call.query.get("filter", "UNKNOWN")
    matches = BY_FILTER.get(chosen)
    if matches is None:
        raise ApiError(400, f"Invalid value at 'filter': {chosen!r}")
    with call.cloud.store.transaction() as now:
        project = active(now, call["project"])
        records = [
            record
            for record in now.all(jobs.KIND, project.id)
            if call.path.get("region") in (None, record.body.get("region"))
        ]
    named = [record for record in records if call.query.get("name") in (None, record.body["name"])]
    rows = [(record, jobs.status(call.cloud.state_folder, record)) for record in named]
    rows.sort(key=lambda row: row[1].began, reverse=True)
    return call.page("jobs", [_job(record, status) for record, status in rows if matches(status)])


def get_job(call: Call) -> Json:
    """One of them."""
    record = _record(call)
    return _job(record, jobs.status(call.cloud.state_folder, record))


def update_job(call: Call) -> Json:
    """Have a job end: cancelled at once, or drained, which for a batch job is to let it come to its end.

    https://cloud.google.com/dataflow/docs/guides/stopping-a-pipeline
    """
    record = _record(call)
    requested = call.body.get("requestedState")
    if requested not in ENDS:
        raise ApiError(400, f"Invalid value at 'job.requested_state': one of {', '.join(ENDS)}, got {requested!r}")
    if jobs.status(call.cloud.state_folder, record).over:
        raise ApiError(
            400,
            f"({call['job']}): Job cannot be moved to a terminal state: it is in one already.",
            status="FAILED_PRECONDITION",
            reason="failedPrecondition",
        )
    if requested == jobs.CANCELLED:
        jobs.cancel(call.cloud.state_folder, call.cloud.store, record.name)
    return {**get_job(call), "requestedState": requested}


def list_messages(call: Call) -> Json:
    """The log's lines, and the error at the end of a job that failed.

    A line has no time of its own here: all have that of the job's beginning, in their order, a microsecond apart.
    """
    record = _record(call)
    status, path = jobs.status(call.cloud.state_folder, record), jobs.log_path(call.cloud.state_folder, record.name)
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines() if path.exists() else []
    first = max(len(lines) - LINES, 0)
    rows = [
        {
            "id": str(number),
            "time": _time(status.began + number * 1e-6),
            "messageText": line,
            "messageImportance": "JOB_MESSAGE_BASIC",
        }
        for number, line in enumerate(lines[first:], start=first)
    ]
    if status.failed:
        error = {"messageText": f"Workflow failed. Causes: {status.error}", "messageImportance": "JOB_MESSAGE_ERROR"}
        rows.append({"id": "end", "time": _time(status.began + status.seconds), **error})
    return call.page("jobMessages", rows)


def get_metrics(call: Call) -> Json:
    """Elements and seconds of each outermost transform, under the names by which Dataflow counts them."""
    record = _record(call)
    status = jobs.status(call.cloud.state_folder, record)
    rows: list[Json] = []
    for transform in status.transforms:
        counted = {
            "ElementsRead": transform.read,
            "ElementCount": transform.written,
            "ExecutionTime_ProcessElement": transform.seconds,
        }
        for name, scalar in counted.items():
            context = {"step": transform.name}
            rows.append({"name": {"origin": "dataflow/v1b3", "name": name, "context": context}, "scalar": scalar})
    return {"metricTime": _time(status.began + status.seconds), "metrics": rows}


def _record(call: Call) -> Record:
    with call.cloud.store.transaction() as now:
        project = active(now, call["project"])
        record = now.get(jobs.KIND, call["job"])
    if record is None or record.project != project.id or record.body.get("region") != call["region"]:
        raise ApiError(404, f"({call['job']}): Information about job could not be found in our system.")
    return record


def _job(record: Record, status: Status) -> Json:
    owner = record.body.get("owner")
    return {
        "id": record.name,
        "projectId": record.project,
        "name": status.name,
        "type": "JOB_TYPE_BATCH",
        "currentState": status.state,
        "currentStateTime": _time(status.began + (status.seconds if status.over else 0.0)),
        "createTime": _time(float(record.body["began"])),
        "startTime": _time(status.began),
        "location": record.body.get("region", ""),
        "labels": record.body.get("labels") or {},
        **({"clientRequestId": owner} if owner else {}),
    }


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


_L = "v1b3/projects/{project}/locations/{region}"
_JOBS, _ID = f"{_L}/jobs", "dataflow.projects.locations.jobs."
API = Api(
    name="dataflow",
    routes=(
        Route("GET", _JOBS, list_jobs, f"{_ID}list"),
        Route("GET", "v1b3/projects/{project}/jobs:aggregated", list_jobs, "dataflow.projects.jobs.aggregated"),
        Route("GET", f"{_JOBS}/{{job}}", get_job, f"{_ID}get"),
        Route("PUT", f"{_JOBS}/{{job}}", update_job, f"{_ID}update"),
        Route("GET", f"{_JOBS}/{{job}}/messages", list_messages, f"{_ID}messages.list"),
        Route("GET", f"{_JOBS}/{{job}}/metrics", get_metrics, f"{_ID}getMetrics"),
        Route(
            "POST",
            f"{_L}/flexTemplates:launch",
            flex_templates.launch,
            "dataflow.projects.locations.flexTemplates.launch",
        ),
    ),
)
"""The rows of Dataflow."""
