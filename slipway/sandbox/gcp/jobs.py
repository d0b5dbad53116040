"""Cloud Scheduler's jobs: kept, and run when they are asked to; the clock itself is not watched."""

import re
import zoneinfo

from slipway.sandbox.gcp.cloud import Google, placed, refused
from slipway.sandbox.handler import Calls, Handler, Props

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
        wrong["pubsubTarget"] = "the sandbox's Cloud Scheduler asks over HTTP: give appEngineHttpTarget or httpTarget"
    return wrong


def create(cloud: Google, new: Props) -> tuple[str, Props]:
    """Keep it in its region."""
    project = cloud.project_of(new)
    place = f"projects/{project}/locations/{new['region']}/jobs"
    name = f"{place}/{new['name']}"
    with refused(cloud, "Error creating Job"):
        live = cloud.rest.ask("cloudscheduler", "POST", f"v1/{place}", {"name": name, **_body(new)})
        if new.get("paused"):
            live = cloud.rest.ask("cloudscheduler", "POST", f"v1/{name}:pause", {})
    return name, _outputs(live)


def read(cloud: Google, id: str) -> Props | None:
    """By id: ``projects/PROJECT/locations/REGION/jobs/NAME``."""
    live = cloud.live("cloudscheduler", f"v1/{id}")
    if live is None:
        return None
    _, _, _, region, _, name = id.split("/")
    paused = {"paused": True} if live["state"] == "PAUSED" else {}
    return {**{key: live[key] for key in FIELDS if key in live}, **paused, "region": region, "name": name} | _outputs(
        live
    )


def update(cloud: Google, id: str, old: Props, new: Props) -> Props:
    """Everything but its name and place changes."""
    with refused(cloud, f"Error updating Job {id!r}"):
        path = ("cloudscheduler", "PATCH", f"v1/{id}", _body(new))
        live = cloud.rest.ask(*path, updateMask=",".join(FIELDS))
        if bool(new.get("paused")) != bool(old.get("paused")):
            verb = "pause" if new.get("paused") else "resume"
            live = cloud.rest.ask("cloudscheduler", "POST", f"v1/{id}:{verb}", {})
    return _outputs(live)


def delete(cloud: Google, id: str, _old: Props) -> None:
    """Forget it."""
    if cloud.live("cloudscheduler", f"v1/{id}") is not None:
        with refused(cloud, "Error deleting Job"):
            cloud.rest.ask("cloudscheduler", "DELETE", f"v1/{id}")


def _body(new: Props) -> Props:
    return {key: new[key] for key in FIELDS if new.get(key) is not None}


def _outputs(live: Props) -> Props:
    return {"project": live["name"].split("/")[1], "state": live["state"]}


FIELDS = (*TARGETS, "attemptDeadline", "description", "retryConfig", "schedule", "timeZone")
HANDLERS = {
    "gcp:cloudscheduler/job:Job": Handler(
        check=check,
        calls=Calls(create=create, read=read, update=update, delete=delete),
        defaults=lambda new: {"timeZone": "Etc/UTC", "attemptDeadline": "180s", **new},
        auto_name="name",
        identify=placed("projects/{project}/locations/{region}/jobs/{name}"),
        computed=frozenset({"state"}),
        volatile=frozenset({"state"}),
    ),
}
