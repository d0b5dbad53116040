"""What the apps of a project wrote, as entries of Cloud Logging.

A file's line has the time that it begins with, or else the one at which it was first there when the log was looked
at: the files of App Engine and Dataflow name no others. A line that is an object of JSON is a structured entry:
https://cloud.google.com/logging/docs/structured-logging.
"""

import hashlib
import json
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from slipway.sandbox.appengine import versions
from slipway.sandbox.cloudrun import containers
from slipway.sandbox.dataflow import jobs
from slipway.sandbox.docker.daemon import NoDaemonError
from slipway.sandbox.google import log_filter
from slipway.sandbox.google.cloud import Cloud
from slipway.sandbox.google.errors import ApiError, Json
from slipway.sandbox.stores.google import Record

MARK, ENTRY = "log_mark", "log_entry"
"""What the store calls the times of a file, and an entry that was written through the API."""
MOST = 4 << 20
"""Bytes of a file that are read, from its end."""
LINES = 5_000
"""Of a container, from the end of its log."""
MARKS = 500
"""Times of a file that are kept."""
GUNICORN = re.compile(r"\[(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d [+-]\d{4})\]")
ACCESS = re.compile(r"\[(\d\d/\w{3}/\d{4}:\d\d:\d\d:\d\d [+-]\d{4})\] \"")


def of_project(cloud: Cloud, project: str) -> list[Json]:
    """Every entry, in no order."""
    entries = [record.body for record in cloud.store.all(ENTRY, project)]
    for source in (_app_engine, _cloud_run, _dataflow):
        entries += source(cloud, project)
    return entries


def put(cloud: Cloud, project: str, *entries: Json) -> None:
    """Store entries that no file has; :func:`of_project` gives them from then on."""
    time = stamp(datetime.now(UTC))
    with cloud.store.transaction() as now:
        for number, entry in enumerate(entries):
            body = {"timestamp": time, "receiveTimestamp": time, **entry}
            body.setdefault("insertId", _id(f"{number} {json.dumps(body, sort_keys=True)}"))
            now.put(ENTRY, Record(f"{project}/{body['timestamp']}/{body['insertId']}", project, body))


def drop(cloud: Cloud, project: str, log: str) -> None:
    """Remove the stored entries of a log; ``log`` is its whole name."""
    with cloud.store.transaction() as now:
        for record in now.all(ENTRY, project):
            if unquote(record.body["logName"]) == unquote(log):
                now.drop(ENTRY, record.name)


def stamp(time: datetime) -> str:
    """A moment as Google writes it."""
    return time.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def payload(line: str) -> Json:
    """A line as the part of an entry that says something."""
    try:
        body = json.loads(line) if line[:1] == "{" else None
    except ValueError:
        body = None
    if not isinstance(body, dict):
        return {"textPayload": line}
    severity = str(body.pop("severity", "")).upper()
    entry: Json = {"severity": severity} if severity in log_filter.SEVERITIES else {}
    time = body.pop("timestamp", None) or body.pop("time", None)
    try:
        entry |= {"timestamp": stamp(log_filter.moment(str(time)))} if time else {}
    except ApiError:  # Cloud Logging, too, takes what is no time for a field like others
        body["time"] = time
    for special, name in SPECIAL.items():
        if special in body:
            entry[name] = body.pop(special)
    return {**entry, "jsonPayload": body}


SPECIAL: Mapping[str, str] = {
    "httpRequest": "httpRequest",
    "logging.googleapis.com/insertId": "insertId",
    "logging.googleapis.com/labels": "labels",
    "logging.googleapis.com/spanId": "spanId",
    "logging.googleapis.com/trace": "trace",
}
"""Keys of a line that are fields of the entry: structured-logging#special-payload-fields."""


def _app_engine(cloud: Cloud, project: str) -> Iterator[Json]:
    for record in cloud.store.all("version", project):
        _, service, version = record.name.split("/")
        labels = {"project_id": project, "module_id": service, "version_id": version}
        common = {"logName": f"projects/{project}/logs/stdout", "resource": {"type": "gae_app", "labels": labels}}
        yield from _file(cloud, project, versions.log_path(cloud.state_folder, record.name), common)


def _dataflow(cloud: Cloud, project: str) -> Iterator[Json]:
    for record in cloud.store.all(jobs.KIND, project):
        labels = {
            "project_id": project,
            "job_id": record.name,
            "job_name": record.body["name"],
            "region": record.body.get("region", ""),
        }
        common = {
            "logName": f"projects/{project}/logs/dataflow.googleapis.com%2Fworker",
            "resource": {"type": "dataflow_step", "labels": labels},
        }
        yield from _file(cloud, project, jobs.log_path(cloud.state_folder, record.name), common)


def _cloud_run(cloud: Cloud, project: str) -> Iterator[Json]:
    """What the containers of revisions wrote; the daemon has the time of each line."""
    if not cloud.store.all("run_revision", project):
        return
    try:
        with containers.connected(cloud.docker) as client:
            for container in containers.found(client, cloud.state_folder):
                service, revision = (container.labels.get(label, "") for label in REVISION_LABELS)
                if service.startswith(f"{project}/") and revision:
                    yield from _container(container, project, service, revision)
    except NoDaemonError:
        return


REVISION_LABELS = (containers.SERVICE, containers.REVISION)


def _container(container: Any, project: str, service: str, revision: str) -> Iterator[Json]:  # noqa: ANN401
    _, location, name = service.split("/")
    labels = {
        "project_id": project,
        "location": location,
        "service_name": name,
        "configuration_name": name,
        "revision_name": revision,
    }
    for stream in ("stdout", "stderr"):
        common = {
            "logName": f"projects/{project}/logs/run.googleapis.com%2F{stream}",
            "resource": {"type": "cloud_run_revision", "labels": labels},
        }
        written = container.logs(**{"stdout": False, "stderr": False, stream: True}, timestamps=True, tail=LINES)
        for number, line in enumerate(written.decode(errors="replace").splitlines()):
            time, _, text = line.partition(" ")
            yield _entry(common, log_filter.moment(time), text, f"{container.id}{stream}{time}{number}")


def _file(cloud: Cloud, project: str, path: Path, common: Json) -> Iterator[Json]:
    try:
        with path.open("rb") as file:
            size = file.seek(0, 2)
            start = file.seek(max(size - MOST, 0))
            content, changed = file.read(size - start), path.stat().st_mtime
    except FileNotFoundError:
        return
    at = _seen(cloud, project, path.name, size, changed)
    rows: list[tuple[int, datetime, str]] = []
    latest = datetime.max.replace(tzinfo=UTC)
    place = start + len(content)
    for raw in reversed(content.splitlines(keepends=True)):
        place -= len(raw)
        text = raw.decode(errors="replace").rstrip("\r\n")
        # No line is younger than those below it.
        latest = own_time(text) or min(at(place), latest)
        rows.append((place, latest, text))
    for place, time, text in reversed(rows):
        yield _entry(common, time, text, f"{path.name}{place}{text}")


def own_time(line: str) -> datetime | None:
    """The time that a line of gunicorn's names."""
    if match := GUNICORN.match(line):
        return datetime.strptime(match[1], "%Y-%m-%d %H:%M:%S %z")
    if match := ACCESS.search(line):
        return datetime.strptime(match[1], "%d/%b/%Y:%H:%M:%S %z")
    return None


def _seen(cloud: Cloud, project: str, name: str, size: int, changed: float) -> Callable[[int], datetime]:
    """When the line at a place of a file was there for the first time that the file was looked at."""
    with cloud.store.transaction() as now:
        record = now.get(MARK, name)
        marks: list[list[float]] = record.body["marks"] if record else []
        if marks and marks[-1][0] > size:
            marks = []
        if not marks or marks[-1][0] < size:
            marks = [*marks, [size, changed]][-MARKS:]
            now.put(MARK, Record(name, project, {"marks": marks}))

    def at(place: int) -> datetime:
        return datetime.fromtimestamp(next((time for end, time in marks if place < end), changed), UTC)

    return at


def _entry(common: Json, time: datetime, text: str, key: str) -> Json:
    when = stamp(time)
    return {"insertId": _id(key), "timestamp": when, "receiveTimestamp": when, **common, **payload(text)}


def _id(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:20]
