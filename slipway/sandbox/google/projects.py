"""Cloud Resource Manager, v1 and v3: projects, and who may do what in them.

https://cloud.google.com/resource-manager/reference/rest
"""

import base64
import hashlib
import re
import secrets
from collections.abc import Callable
from dataclasses import replace

from slipway.sandbox.appengine import versions
from slipway.sandbox.cloudrun import containers
from slipway.sandbox.dataflow import jobs
from slipway.sandbox.google import operations, policies
from slipway.sandbox.google.cloud import active, stamp
from slipway.sandbox.google.errors import ApiError, Json, not_yours
from slipway.sandbox.google.routing import Api, Call, Method, Route
from slipway.sandbox.stores.google import Project, Transaction

PROJECT_ID = re.compile(r"[a-z][a-z0-9-]{4,28}[a-z0-9]")
LABEL = re.compile(r"[a-z0-9_-]{0,63}")
FILTER = re.compile(r"(\w[\w.]*)\s*[:=]\s*\"?([^\s\"]+)\"?")

V1_PROJECT = "type.googleapis.com/google.cloudresourcemanager.v1.Project"
V3_PROJECT = "type.googleapis.com/google.cloud.resourcemanager.v3.Project"

Shown = Callable[[Project], Json]


def _v1(project: Project) -> Json:
    body = project.body
    return {
        "projectNumber": project.number,
        "projectId": project.id,
        "lifecycleState": project.state,
        "name": body.get("name") or project.id,
        "createTime": body.get("createTime", "1970-01-01T00:00:00Z"),
        **({"labels": body["labels"]} if body.get("labels") else {}),
        **({"parent": body["parent"]} if body.get("parent") else {}),
    }


def _v3(project: Project) -> Json:
    shown = _v1(project)
    parent = project.body.get("parent")
    content = f"{project.state} {shown}"
    return {
        "name": f"projects/{project.number}",
        "projectId": project.id,
        "state": project.state,
        "displayName": shown["name"],
        "createTime": shown["createTime"],
        "updateTime": project.body.get("updateTime") or shown["createTime"],
        "etag": f'W/"{base64.urlsafe_b64encode(hashlib.sha256(content.encode()).digest()[:9]).decode()}"',
        **({"labels": shown["labels"]} if "labels" in shown else {}),
        **({"parent": f"{parent['type']}s/{parent['id']}"} if parent else {}),
        **({"deleteTime": project.body["deleteTime"]} if "deleteTime" in project.body else {}),
    }


def create_v1(call: Call) -> Json:
    """An id is used once, for good."""
    return _create(call, call.body.get("name", ""), call.body.get("parent"), _v1)


def create_v3(call: Call) -> Json:
    """As v1, with the parent in one text."""
    kind, _, id = str(call.body.get("parent", "")).partition("s/")
    return _create(call, call.body.get("displayName", ""), {"type": kind, "id": id} if id else None, _v3)


def _create(call: Call, name: str, parent: Json | None, shown: Shown) -> Json:
    id = call.text("projectId")
    if not PROJECT_ID.fullmatch(id):
        raise _invalid("project_id", "Project ID must be 6 to 30 lowercase letters, digits or hyphens, a letter first")
    labels = _labels(call.body)
    body = {"name": name or id, "createTime": stamp(), **({"labels": labels} if labels else {})}
    if parent:
        body["parent"] = parent
    with call.cloud.store.transaction() as now:
        if now.project(id):
            raise ApiError(409, "Requested entity already exists")
        project = Project(id, str(100_000_000_000 + secrets.randbelow(900_000_000_000)), "ACTIVE", "", body)
        now.put_project(project)
        now.grant(f"projects/{id}", "roles/owner", "user:you@sandbox.invalid", {})
        type = "type.googleapis.com/google.cloud.resourcemanager."
        type += "v3.CreateProjectMetadata" if shown is _v3 else "v1.ProjectCreationStatus"
        metadata = {"@type": type, "createTime": body["createTime"], "gettable": True, "ready": True}
        response = {"@type": V3_PROJECT if shown is _v3 else V1_PROJECT, **shown(project)}
        return operations.done(now, f"operations/cp.{secrets.randbelow(10**18)}", id, response, metadata)


def get_v1(call: Call) -> Json:
    """A project that is asked to be deleted is still shown, with its state."""
    with call.cloud.store.transaction() as now:
        return _v1(_there(now, call["project"]))


def get_v3(call: Call) -> Json:
    """As v1; by id or by number."""
    with call.cloud.store.transaction() as now:
        return _v3(_there(now, call["project"]))


def list_v1(call: Call) -> Json:
    """The projects that match ``filter``."""
    with call.cloud.store.transaction() as now:
        found = [_v1(project) for project in now.projects()]
    return call.page("projects", [each for each in found if _matches(each, call.query.get("filter", ""))])


def list_v3(call: Call) -> Json:
    """The projects directly under ``parent``."""
    parent = call.query.get("parent", "")
    with call.cloud.store.transaction() as now:
        found = [_v3(project) for project in now.projects()]
    deleted = call.flag("showDeleted")
    return call.page(
        "projects",
        [each for each in found if each.get("parent", "") == parent and (deleted or each["state"] == "ACTIVE")],
    )


def search(call: Call) -> Json:
    """The projects that match ``query``."""
    with call.cloud.store.transaction() as now:
        found = [_v3(project) for project in now.projects()]
    return call.page("projects", [each for each in found if _matches(each, call.query.get("query", ""))])


def update_v1(call: Call) -> Json:
    """Name and labels change in place; what is not given is emptied, as with every PUT."""
    with call.cloud.store.transaction() as now:
        existing = active(now, call["project"])
        body = {key: existing.body[key] for key in ("createTime", "parent") if key in existing.body}
        body |= {"name": call.body.get("name") or existing.id, "updateTime": stamp()}
        if labels := _labels(call.body):
            body["labels"] = labels
        if call.body.get("parent"):
            body["parent"] = call.body["parent"]
        changed = replace(existing, body=body)
        now.put_project(changed)
        return _v1(changed)


def patch_v3(call: Call) -> Json:
    """What the mask names of ``displayName`` and ``labels``."""
    changes = call.changes("displayName", "labels")
    with call.cloud.store.transaction() as now:
        existing = active(now, call["project"])
        body = {**existing.body, "updateTime": stamp()}
        if "displayName" in changes:
            body["name"] = changes["displayName"] or existing.id
        if "labels" in changes:
            body["labels"] = _labels(call.body)
        changed = replace(existing, body=body)
        now.put_project(changed)
        return _updated(now, changed, "UpdateProjectMetadata")


def v1(act: Callable[[Call], Project]) -> Method:
    """What changes a project, as version 1 answers it: with nothing."""

    def method(call: Call) -> Json:
        act(call)
        return {}

    return method


def v3(act: Callable[[Call], Project], metadata: str) -> Method:
    """What changes a project, as version 3 answers it: with an operation whose metadata is of that type."""

    def method(call: Call) -> Json:
        project = act(call)
        with call.cloud.store.transaction() as now:
            return _updated(now, project, metadata)

    return method


def delete(call: Call) -> Project:
    """It lingers for 30 days, with its id taken."""
    with call.cloud.store.transaction() as now:
        existing = active(now, call["project"])
    folder, store = call.cloud.state_folder, call.cloud.store
    versions.end_all(folder, existing.id)
    containers.end_all(call.cloud.docker, folder, store, existing.id)
    jobs.end_all(folder, existing.id)
    with call.cloud.store.transaction() as now:
        existing = active(now, existing.id)
        gone = replace(existing, state="DELETE_REQUESTED", billing="", body={**existing.body, "deleteTime": stamp()})
        now.put_project(gone)
        now.drop_all_of(existing.id)
    return gone


def undelete(call: Call) -> Project:
    """It is there again, without what was in it and without anyone who pays."""
    with call.cloud.store.transaction() as now:
        existing = _there(now, call["project"])
        if existing.active:
            raise ApiError(400, "Project is not in the state DELETE_REQUESTED.", status="FAILED_PRECONDITION")
        body = {key: value for key, value in existing.body.items() if key != "deleteTime"}
        restored = replace(existing, state="ACTIVE", body=body)
        now.put_project(restored)
    return restored


def ancestry(call: Call) -> Json:
    """The project, then what it is in."""
    with call.cloud.store.transaction() as now:
        project = active(now, call["project"])
    above = [{"resourceId": project.body["parent"]}] if project.body.get("parent") else []
    return {"ancestor": [{"resourceId": {"type": "project", "id": project.id}}, *above]}


def _scope(now: Transaction, call: Call) -> str:
    return f"projects/{active(now, call['project']).id}"


def _there(now: Transaction, id: str) -> Project:
    existing = now.project_by_number(id) if id.isdigit() else now.project(id)
    if existing is None:
        raise not_yours(id)
    return existing


def _updated(now: Transaction, project: Project, metadata: str) -> Json:
    type = {"@type": f"type.googleapis.com/google.cloud.resourcemanager.v3.{metadata}"}
    response = {"@type": V3_PROJECT, **_v3(project)}
    return operations.done(now, f"operations/pp.{secrets.randbelow(10**18)}", project.id, response, type)


def _labels(body: Json) -> dict[str, str]:
    labels = body.get("labels") or {}
    for key, value in labels.items():
        if not key or not LABEL.fullmatch(key) or not LABEL.fullmatch(str(value)):
            raise _invalid("labels", f"label {key!r}: {value!r} must be lowercase letters, digits, '_' and '-'")
    return dict(labels)


def _invalid(field: str, description: str) -> ApiError:
    violations = [{"field": field, "description": description}]
    details = [{"@type": "type.googleapis.com/google.rpc.BadRequest", "fieldViolations": violations}]
    return ApiError(400, f"field [{field}] has issue [{description}]", details=details)


def _matches(project: Json, text: str) -> bool:
    """The filters that clients send: ``lifecycleState:ACTIVE``, ``id=…``, ``labels.env:dev``, joined by AND."""
    names = {"id": "projectId", "projectId": "projectId", "name": "name", "displayName": "displayName"}
    for key, value in FILTER.findall(text):
        if key.startswith("labels."):
            held = (project.get("labels") or {}).get(key.removeprefix("labels."), "")
        elif key == "parent.id":
            held = (project.get("parent") or {}).get("id", "") if isinstance(project.get("parent"), dict) else ""
        else:
            held = str(project.get(names.get(key) or key, ""))
        if value.endswith("*"):
            if not held.startswith(value[:-1]):
                return False
        elif held.lower() != value.lower():
            return False
    return True


_ID = "cloudresourcemanager.projects."
API = Api(
    name="cloudresourcemanager",
    routes=(
        Route("POST", "v1/projects", create_v1, f"{_ID}create"),
        Route("GET", "v1/projects", list_v1, f"{_ID}list"),
        Route("GET", "v1/projects/{project}", get_v1, f"{_ID}get"),
        Route("PUT", "v1/projects/{project}", update_v1, f"{_ID}update"),
        Route("DELETE", "v1/projects/{project}", v1(delete), f"{_ID}delete"),
        Route("POST", "v1/projects/{project}:undelete", v1(undelete), f"{_ID}undelete"),
        Route("POST", "v1/projects/{project}:getAncestry", ancestry, f"{_ID}getAncestry"),
        *policies.routes("v1/projects/{project}", _scope, _ID, get="POST"),
        Route("GET", "v1/operations/{id}", operations.get_by("operations/{id}"), "cloudresourcemanager.operations.get"),
        Route("POST", "v3/projects", create_v3, f"{_ID}create"),
        Route("GET", "v3/projects", list_v3, f"{_ID}list"),
        Route("GET", "v3/projects:search", search, f"{_ID}search"),
        Route("GET", "v3/projects/{project}", get_v3, f"{_ID}get"),
        Route("PATCH", "v3/projects/{project}", patch_v3, f"{_ID}patch"),
        Route("DELETE", "v3/projects/{project}", v3(delete, "DeleteProjectMetadata"), f"{_ID}delete"),
        Route("POST", "v3/projects/{project}:undelete", v3(undelete, "UndeleteProjectMetadata"), f"{_ID}undelete"),
        *policies.routes("v3/projects/{project}", _scope, _ID, get="POST"),
        Route("GET", "v3/operations/{id}", operations.get_by("operations/{id}"), "cloudresourcemanager.operations.get"),
    ),
)
"""The rows of Cloud Resource Manager."""
