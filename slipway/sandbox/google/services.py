"""Service Usage: which APIs of a project are switched on. https://cloud.google.com/service-usage/docs/reference/rest"""

import re
from collections.abc import Callable, Sequence

from slipway.sandbox.google import errors, operations
from slipway.sandbox.google.cloud import Cloud, active
from slipway.sandbox.google.errors import API_TITLES, ApiError, Json
from slipway.sandbox.google.networks import make_default
from slipway.sandbox.google.routing import Api, Call, Route
from slipway.sandbox.stores.google import Project, Transaction

NAME = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)+")
COSTS = frozenset(
    {"artifactregistry", "cloudbuild", "compute", "containerscanning", "dataflow", "run", "secretmanager"}
)
"""APIs that need a paid project (https://cloud.google.com/service-usage/docs/enable-disable)."""
COMPUTE = "compute.googleapis.com"
MOST = 20
"""APIs that ``batchEnable`` takes at a time."""


def enable(call: Call) -> Json:
    """Switch an API on."""
    return _enabled(call, [call["service"]], lambda shown: {"service": shown[0]}, "EnableServiceResponse")


def batch_enable(call: Call) -> Json:
    """Switch several on, or none."""
    names = call.body.get("serviceIds") or []
    if not 1 <= len(names) <= MOST:
        raise ApiError(400, f"serviceIds must name 1 to {MOST} services, got {len(names)}")
    return _enabled(call, names, lambda shown: {"services": shown}, "BatchEnableServicesResponse")


def disable(call: Call) -> Json:
    """Switch an API off; what was made by it stays."""
    with call.cloud.store.transaction() as now:
        project = active(now, call["project"])
        now.disable(project.id, _checked(call["service"]))
        response = {"@type": f"{_TYPE}DisableServiceResponse", "service": _shown(now, project, call["service"])}
        return operations.done(now, f"operations/acat.p2-{project.number}-{operations.unique()}", project.id, response)


def get(call: Call) -> Json:
    """An API and whether it is on."""
    with call.cloud.store.transaction() as now:
        return _shown(now, active(now, call["project"]), _checked(call["service"]))


def batch_get(call: Call) -> Json:
    """Several; ``names`` are theirs."""
    names = [each.rsplit("/", 1)[-1] for each in call.query.get("names", "").split(",") if each]
    with call.cloud.store.transaction() as now:
        project = active(now, call["project"])
        return {"services": [_shown(now, project, _checked(name)) for name in names]}


def listed(call: Call) -> Json:
    """Those that are on, and with another ``filter`` those that the sandbox knows of."""
    state = call.query.get("filter", "").removeprefix("state:")
    if state not in ("", "ENABLED", "DISABLED"):
        raise ApiError(400, f"Invalid filter: allowed are state:ENABLED and state:DISABLED, got {state!r}")
    with call.cloud.store.transaction() as now:
        project = active(now, call["project"])
        names = sorted({*now.apis(project.id), *API_TITLES})
        shown = [_shown(now, project, name) for name in names]
    return call.page("services", [each for each in shown if state in ("", each["state"])], most=200)


def _enabled(call: Call, names: Sequence[str], form: Callable[[list[Json]], Json], type: str) -> Json:
    with call.cloud.store.transaction() as now:
        project = active(now, call["project"])
        apis = [_checked(name) for name in names]
        unpaid = [api for api in apis if api.removesuffix(".googleapis.com") in COSTS]
        if unpaid and not project.billing:
            raise errors.unpaid_service(project.number, unpaid)
        for api in apis:
            _enable(call.cloud, now, project, api)
        response = {"@type": f"{_TYPE}{type}", **form([_shown(now, project, api) for api in apis])}
        return operations.done(now, f"operations/acat.p2-{project.number}-{operations.unique()}", project.id, response)


def _enable(cloud: Cloud, now: Transaction, project: Project, api: str) -> None:
    """Compute Engine makes the default network when it is switched on first."""
    if api == COMPUTE and now.enabled(project.id, api) is None:
        make_default(now, project)
    now.enable(project.id, api, cloud.now())


def _shown(now: Transaction, project: Project, api: str) -> Json:
    state = "ENABLED" if now.enabled(project.id, api) is not None else "DISABLED"
    parent = f"projects/{project.number}"
    config = {"name": api, "title": API_TITLES.get(api, api)}
    return {"name": f"{parent}/services/{api}", "parent": parent, "config": config, "state": state}


def _checked(api: str) -> str:
    if not NAME.fullmatch(api):
        raise ApiError(400, f"Service name must be an API's full name, as storage.googleapis.com, got {api!r}")
    return api


_TYPE = "type.googleapis.com/google.api.serviceusage.v1."
_ID = "serviceusage.services."
_AT = "v1/projects/{project}/services"
API = Api(
    name="serviceusage",
    routes=(
        Route("GET", _AT, listed, f"{_ID}list"),
        Route("GET", f"{_AT}:batchGet", batch_get, f"{_ID}batchGet"),
        Route("POST", f"{_AT}:batchEnable", batch_enable, f"{_ID}batchEnable"),
        Route("GET", f"{_AT}/{{service}}", get, f"{_ID}get"),
        Route("POST", f"{_AT}/{{service}}:enable", enable, f"{_ID}enable"),
        Route("POST", f"{_AT}/{{service}}:disable", disable, f"{_ID}disable"),
        Route("GET", "v1/operations/{id}", operations.get_by("operations/{id}"), "serviceusage.operations.get"),
    ),
)
