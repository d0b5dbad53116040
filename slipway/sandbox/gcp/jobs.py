"""Cloud Scheduler's jobs: kept, and run when they are asked to; the clock itself is not watched."""

import re
import zoneinfo

from slipway.sandbox.gcp import refusals
from slipway.sandbox.gcp.cloud import Google, placed, usable
from slipway.sandbox.handler import Handler, Props
from slipway.sandbox.stores.google import Record

API = "cloudscheduler.googleapis.com"
TARGETS = ("appEngineHttpTarget", "httpTarget", "pubsubTarget")
FIELD = re.compile(r"[\d*/,\-A-Za-z]+")


def check(new: Props) -> dict[str, str]:
    """The rules of https://cloud.google.com/scheduler/docs/reference/rest/v1/projects.locations.jobs."""
    wrong = {}
    name, cron, zone = new.get("name", "a"), new.get("schedule", "* * * * *"), new.get("timeZone", "UTC")
    if isinstance(name, str) and not re.fullmatch(r"[a-zA-Z\d_-]{1,500}", name):
        wrong["name"] = f"must be 1 to 500 letters, digits, '-' and '_', got {name!r}"
    if isinstance(cron, str) and (len(cron.split()) != 5 or not all(map(FIELD.fullmatch, cron.split()))):
        wrong["schedule"] = f"Schedule or time zone is invalid: must be five fields of a crontab, got {cron!r}"
    if isinstance(zone, str) and zone not in zoneinfo.available_timezones():
        wrong["timeZone"] = f"Schedule or time zone is invalid: got {zone!r}"
    if len(declared := [target for target in TARGETS if target in new]) > 1:
        wrong[declared[1]] = f"a job has one target, got {' and '.join(declared)}"
    if "pubsubTarget" in new:
        wrong["pubsubTarget"] = "the sandbox has no Pub/Sub: give appEngineHttpTarget or httpTarget"
    return wrong


def create(cloud: Google, new: Props) -> tuple[str, Props]:
    """Keep it in its region."""
    project, doing = cloud.project_of(new), "Error creating Job"
    id = f"projects/{project}/locations/{new['region']}/jobs/{new['name']}"
    with cloud.store.transaction() as now:
        usable(cloud, now, project, API, doing)
        if "appEngineHttpTarget" in new and now.get("application", project) is None:
            raise refusals.application_missing(project, doing)
        if now.taken("job", id):
            raise refusals.google(409, f"Job {id} already exists.", "alreadyExists", doing=doing)
        now.put("job", Record(id, project, {**new, "project": project}))
    return id, _outputs(project, new)


def read(cloud: Google, id: str) -> Props | None:
    """By id: ``projects/PROJECT/locations/REGION/jobs/NAME``."""
    record = cloud.store.get("job", id)
    return {**record.body, **_outputs(record.project, record.body)} if record else None


def update(cloud: Google, id: str, _old: Props, new: Props) -> Props:
    """Everything but its name and place changes."""
    with cloud.store.transaction() as now:
        record = now.get("job", id)
        if record is None:
            raise refusals.google(404, "Job not found.", "notFound", doing=f"Error updating Job {id!r}")
        now.put("job", Record(id, record.project, {**new, "project": record.project}))
    return _outputs(record.project, new)


def delete(cloud: Google, id: str, _old: Props) -> None:
    """Forget it."""
    with cloud.store.transaction() as now:
        now.drop("job", id)


def _outputs(project: str, body: Props) -> Props:
    return {"project": project, "state": "PAUSED" if body.get("paused") else "ENABLED"}


HANDLERS = {
    "gcp:cloudscheduler/job:Job": Handler(
        check=check,
        create=create,
        read=read,
        update=update,
        delete=delete,
        defaults=lambda new: {"timeZone": "Etc/UTC", "attemptDeadline": "180s", **new},
        auto_name="name",
        identify=placed("projects/{project}/locations/{region}/jobs/{name}"),
        computed=frozenset({"state"}),
        volatile=frozenset({"state"}),
    ),
}
