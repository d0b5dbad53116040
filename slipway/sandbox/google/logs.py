"""Cloud Logging v2: entries of apps are read and written.

https://cloud.google.com/logging/docs/reference/v2/rest/v2/entries
"""

from slipway.sandbox.google import log_filter, log_lines
from slipway.sandbox.google.cloud import Cloud, active
from slipway.sandbox.google.errors import ApiError, Json
from slipway.sandbox.google.routing import Api, Call, Route

ORDERS = ("timestamp asc", "timestamp desc")
PAGE, MOST = 50, 1000
"""Entries of a page, without a number in the request and at most."""


def list_entries(call: Call) -> Json:
    """The entries of projects that a filter lets through, the oldest first where no order is asked for."""
    names = call.body.get("resourceNames") or [f"projects/{id}" for id in call.body.get("projectIds") or ()]
    if not names:
        raise ApiError(400, "Must specify at least one parent resource name")
    order = str(call.body.get("orderBy") or ORDERS[0]).strip()
    if order not in ORDERS:
        raise ApiError(400, f'The order_by must be "{ORDERS[0]}" or "{ORDERS[1]}", got {order!r}')
    matches = log_filter.parsed(str(call.body.get("filter") or ""))
    entries = [
        entry
        for project in dict.fromkeys(_project(call.cloud, str(name)) for name in names)
        for entry in log_lines.of_project(call.cloud, project)
        if matches(entry)
    ]
    entries.sort(key=lambda entry: entry["timestamp"])
    if order == ORDERS[1]:
        entries.reverse()
    return _page(call, entries)


def write_entries(call: Call) -> Json:
    """Store entries, each with what the request says of all of them."""
    common = {key: call.body[key] for key in ("logName", "resource", "labels") if key in call.body}
    entries = [{**common, **entry} for entry in call.body.get("entries") or ()]
    for entry in entries:
        name = str(entry.get("logName", ""))
        if not name.startswith("projects/") or "/logs/" not in name:
            raise ApiError(400, f"A log name must be projects/PROJECT_ID/logs/LOG_ID, got {name!r}")
        project = _project(call.cloud, name.partition("/logs/")[0])
        if not call.body.get("dryRun"):
            resource = entry.get("resource") or {"type": "global", "labels": {"project_id": project}}
            log_lines.put(call.cloud, project, {**entry, "resource": resource})
    return {}


def list_logs(call: Call) -> Json:
    """The names of a project's logs that have entries."""
    project = _project(call.cloud, f"projects/{call['project']}")
    names = sorted({entry["logName"] for entry in log_lines.of_project(call.cloud, project)})
    page = call.page("logNames", [{"name": name} for name in names])
    return {**page, "logNames": [each["name"] for each in page.get("logNames", ())]}


def delete_log(call: Call) -> Json:
    """Remove the entries that were written through the API; what an app writes stays in its own log."""
    project = _project(call.cloud, f"projects/{call['project']}")
    log_lines.drop(call.cloud, project, f"projects/{project}/logs/{call['log']}")
    return {}


def _page(call: Call, entries: list[Json]) -> Json:
    try:
        start, size = int(call.body.get("pageToken") or 0), int(call.body.get("pageSize") or PAGE)
    except (TypeError, ValueError):
        raise ApiError(400, f"Invalid page token: {call.body.get('pageToken')!r}") from None
    end = start + max(min(size, MOST), 1)
    more = {"nextPageToken": str(end)} if end < len(entries) else {}
    return {**({"entries": entries[start:end]} if entries[start:end] else {}), **more}


def _project(cloud: Cloud, name: str) -> str:
    kind, _, rest = name.partition("/")
    if kind != "projects" or not rest:
        raise ApiError(501, f"The sandbox has logs of projects alone: give projects/PROJECT_ID, got {name!r}")
    with cloud.store.transaction() as now:
        return active(now, rest.partition("/")[0]).id


API = Api(
    name="logging",
    routes=(
        Route("POST", "v2/entries:list", list_entries, "logging.entries.list"),
        Route("POST", "v2/entries:write", write_entries, "logging.entries.write"),
        Route("DELETE", "v2/projects/{project}/logs/{log}", delete_log, "logging.projects.logs.delete"),
        Route("GET", "v2/projects/{project}/logs", list_logs, "logging.projects.logs.list"),
    ),
)
