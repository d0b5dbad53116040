"""Cloud Scheduler v1: jobs are stored, and run when one asks for it; the clock itself is not watched.

https://cloud.google.com/scheduler/docs/reference/rest
"""

import re
import threading
import zoneinfo

from slipway.sandbox.google import scheduler_attempts
from slipway.sandbox.google.cloud import stamp, usable
from slipway.sandbox.google.errors import ApiError, Json
from slipway.sandbox.google.routing import Api, Call, Route, standard
from slipway.sandbox.stores.google import Record, Transaction

SERVICE = "cloudscheduler.googleapis.com"
KIND = "job"
TARGETS = ("appEngineHttpTarget", "httpTarget", "pubsubTarget")
FIELDS = (*TARGETS, "attemptDeadline", "description", "retryConfig", "schedule", "timeZone")
FIELD = re.compile(r"[\d*/,\-A-Za-z]+")
ID = re.compile(r"[a-zA-Z\d_-]{1,500}")


def create(call: Call) -> Json:
    """Keep a job in its region."""
    body = {key: call.body[key] for key in FIELDS if key in call.body}
    with call.cloud.store.transaction() as now:
        project = usable(call.cloud, now, call["project"], SERVICE).id
        place = f"projects/{project}/locations/{call['location']}/jobs/"
        name = call.body.get("name") or place + f"job-{stamp()[:19].replace(':', '-')}"
        if not name.startswith(place) or not ID.fullmatch(name.removeprefix(place)):
            raise ApiError(400, f"Job name must be formatted: {place}<JOB_ID>, got {name!r}")
        _checked(body)
        if "appEngineHttpTarget" in body and now.get("application", project) is None:
            raise ApiError(404, f'Could not find Application "{project}".')
        if now.taken(KIND, name):
            raise ApiError(409, f"Job {name} already exists.")
        made = {"timeZone": "Etc/UTC", "attemptDeadline": "180s", **body, "name": name, "state": "ENABLED"}
        made["userUpdateTime"] = stamp()
        now.put(KIND, Record(name, project, made))
        return made


def get(call: Call) -> Json:
    """By its name."""
    with call.cloud.store.transaction() as now:
        return _there(now, call).body


def listed(call: Call) -> Json:
    """Those of a region."""
    with call.cloud.store.transaction() as now:
        project = usable(call.cloud, now, call["project"], SERVICE).id
        found = [record.body for record in now.all(KIND, project)]
    return call.page("jobs", [body for body in found if body["name"].split("/")[3] == call["location"]], most=500)


def patch(call: Call) -> Json:
    """What the mask names; without one, all of it."""
    changes = call.changes(*FIELDS, *(("name",) if not call.query.get("updateMask") else ()))
    with call.cloud.store.transaction() as now:
        record = _there(now, call)
        body = {key: value for key, value in {**record.body, **changes}.items() if value is not None}
        _checked(body)
        body = {**body, "name": record.name, "userUpdateTime": stamp()}
        now.put(KIND, Record(record.name, record.project, body))
        return body


def pause(call: Call) -> Json:
    """It is not due until it is resumed."""
    return _changed(call, {"state": "PAUSED"})


def resume(call: Call) -> Json:
    """It is due again."""
    return _changed(call, {"state": "ENABLED"})


def run(call: Call) -> Json:
    """Ask the target at once, paused or not; the answer does not wait for what comes of it."""
    with call.cloud.store.transaction() as now:
        record = _there(now, call)
    began = stamp()

    def attempt() -> None:
        done = scheduler_attempts.attempt(call.cloud, record.name, record.body)
        with call.cloud.store.transaction() as now:
            if (latest := now.get(KIND, record.name)) is not None:
                status = scheduler_attempts.status_of(done)
                body = {**latest.body, "lastAttemptTime": began, "status": status}
                now.put(KIND, Record(latest.name, latest.project, body))

    threading.Thread(target=attempt, name=record.name, daemon=True).start()
    return {**record.body, "scheduleTime": began}


def delete(call: Call) -> Json:
    """Forget it."""
    with call.cloud.store.transaction() as now:
        now.drop(KIND, _there(now, call).name)
    return {}


def _changed(call: Call, changes: Json) -> Json:
    with call.cloud.store.transaction() as now:
        record = _there(now, call)
        body = {**record.body, **changes}
        now.put(KIND, Record(record.name, record.project, body))
        return body


def _there(now: Transaction, call: Call) -> Record:
    project = usable(call.cloud, now, call["project"], SERVICE).id
    record = now.get(KIND, f"projects/{project}/locations/{call['location']}/jobs/{call['job']}")
    if record is None:
        raise ApiError(404, "Job not found.")
    return record


def _checked(body: Json) -> None:
    cron, zone = body.get("schedule", ""), body.get("timeZone", "UTC")
    if cron and (len(cron.split()) != 5 or not all(map(FIELD.fullmatch, cron.split()))):
        raise ApiError(400, f"Schedule or time zone is invalid: must be five fields of a crontab, got {cron!r}")
    if zone not in zoneinfo.available_timezones():
        raise ApiError(400, f"Schedule or time zone is invalid: got {zone!r}")
    given = [target for target in TARGETS if target in body]
    if len(given) != 1:
        raise ApiError(400, f"A job has one target, got {' and '.join(given) or 'none'}")
    if "pubsubTarget" in body:
        raise ApiError(501, "The sandbox's Cloud Scheduler asks over HTTP: give appEngineHttpTarget or httpTarget")


_J = "v1/projects/{project}/locations/{location}/jobs"
_ID = "cloudscheduler.projects.locations.jobs."
API = Api(
    name="cloudscheduler",
    routes=(
        *standard(_J, "job", _ID, create=create, list=listed, get=get, patch=patch, delete=delete),
        Route("POST", f"{_J}/{{job}}:pause", pause, f"{_ID}pause"),
        Route("POST", f"{_J}/{{job}}:resume", resume, f"{_ID}resume"),
        Route("POST", f"{_J}/{{job}}:run", run, f"{_ID}run"),
    ),
)
