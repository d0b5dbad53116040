"""IAM: service accounts, which have no keys here, and custom roles. https://cloud.google.com/iam/docs/reference/rest"""

import base64
import re
import secrets

from slipway.sandbox.google import policies
from slipway.sandbox.google.cloud import active, usable
from slipway.sandbox.google.errors import ApiError, Json
from slipway.sandbox.google.routing import Api, Call, Route, standard
from slipway.sandbox.stores.google import Record, Transaction

SERVICE = "iam.googleapis.com"
ID = re.compile(r"[a-z]([-a-z0-9]{4,28}[a-z0-9])")
ROLE_ID = re.compile(r"[a-zA-Z0-9_.]{3,64}")
KIND, ROLE = "account", "role"
PREDEFINED = {
    "roles/owner": "Owner",
    "roles/editor": "Editor",
    "roles/viewer": "Viewer",
    "roles/artifactregistry.reader": "Artifact Registry Reader",
    "roles/cloudscheduler.admin": "Cloud Scheduler Admin",
    "roles/dataflow.worker": "Dataflow Worker",
    "roles/logging.logWriter": "Logs Writer",
    "roles/run.invoker": "Cloud Run Invoker",
    "roles/secretmanager.secretAccessor": "Secret Manager Secret Accessor",
    "roles/storage.admin": "Storage Admin",
    "roles/storage.objectAdmin": "Storage Object Admin",
    "roles/storage.objectUser": "Storage Object User",
    "roles/storage.objectViewer": "Storage Object Viewer",
}
"""The predefined roles that are listed; any other of Google's may be given too."""


def create(call: Call) -> Json:
    """Make an account in a project."""
    id, more = call.text("accountId"), call.body.get("serviceAccount") or {}
    if not ID.fullmatch(id):
        raise ApiError(400, f"The account ID {id!r} does not have a length between 6 and 30 or the right characters.")
    with call.cloud.store.transaction() as now:
        project = usable(call.cloud, now, call["project"], SERVICE).id
        email = f"{id}@{project}{policies.DOMAIN}"
        if now.taken(KIND, email):
            raise ApiError(409, f"Service account {id} already exists within project projects/{project}.")
        body = {
            "name": f"projects/{project}/serviceAccounts/{email}",
            "projectId": project,
            "uniqueId": str(10**20 + secrets.randbelow(9 * 10**20)),
            "email": email,
            **{key: more[key] for key in ("displayName", "description") if more.get(key)},
        }
        now.put(KIND, Record(email, project, body))
        return _shown(body)


def get(call: Call) -> Json:
    """By its email or its number."""
    with call.cloud.store.transaction() as now:
        return _shown(_there(now, call["project"], call["account"]).body)


def listed(call: Call) -> Json:
    """Those of a project."""
    with call.cloud.store.transaction() as now:
        found = now.all(KIND, usable(call.cloud, now, call["project"], SERVICE).id)
    return call.page("accounts", [_shown(record.body) for record in found], most=100)


def patch(call: Call) -> Json:
    """Change its name and description."""
    account = call.body.get("serviceAccount") or {}
    mask = (call.body.get("updateMask") or "display_name,description").replace("display_name", "displayName")
    names = [name.strip() for name in mask.split(",")]
    return _changed(call, {name: account.get(name, "") for name in names if name in ("displayName", "description")})


def update(call: Call) -> Json:
    """As ``patch``, of the name alone."""
    return _changed(call, {"displayName": call.body.get("displayName", "")})


def disable(call: Call) -> Json:
    """It can do nothing until it is enabled again."""
    _changed(call, {"disabled": True})
    return {}


def enable(call: Call) -> Json:
    """It can do again what it may."""
    _changed(call, {"disabled": False})
    return {}


def delete(call: Call) -> Json:
    """Its grants stay behind without it, as they do in Google Cloud."""
    with call.cloud.store.transaction() as now:
        now.drop(KIND, _there(now, call["project"], call["account"]).name)
    return {}


def keys(call: Call) -> Json:
    """None: programs here say who they are without a key."""
    with call.cloud.store.transaction() as now:
        _there(now, call["project"], call["account"])
    return {}


def create_key(call: Call) -> Json:
    """Refused: a key is a password in a file, and the organization of the sandbox forbids them."""
    with call.cloud.store.transaction() as now:
        _there(now, call["project"], call["account"])
    violation = {
        "type": "constraints/iam.disableServiceAccountKeyCreation",
        "subject": f"projects/{call['project']}/serviceAccounts/{call['account']}?configvalue={call['account']}",
        "description": "Key creation is not allowed on this service account.",
    }
    raise ApiError(
        400,
        "Key creation is not allowed on this service account.",
        status="FAILED_PRECONDITION",
        reason="failedPrecondition",
        details=[{"@type": "type.googleapis.com/google.rpc.PreconditionFailure", "violations": [violation]}],
    )


def predefined(call: Call) -> Json:
    """Google's own roles, as many as are known here."""
    return call.page("roles", [_predefined(name) for name in sorted(PREDEFINED)])


def predefined_role(call: Call) -> Json:
    """One of them."""
    name = f"roles/{call['role']}"
    if name not in PREDEFINED:
        raise ApiError(404, f"The role named {name} was not found.")
    return _predefined(name)


def create_role(call: Call) -> Json:
    """Make a role of a project's own."""
    id, role = call.text("roleId"), call.body.get("role") or {}
    if not ROLE_ID.fullmatch(id):
        raise ApiError(400, f"The role_id must be 3 to 64 letters, digits, '_' and '.', got {id!r}")
    with call.cloud.store.transaction() as now:
        project = active(now, call["project"]).id
        name = f"projects/{project}/roles/{id}"
        if now.taken(ROLE, name):
            raise ApiError(409, f"A role named {id} in projects/{project} already exists.")
        body = {"name": name, **{key: role[key] for key in ROLE_FIELDS if key in role}}
        now.put(ROLE, Record(name, project, body))
        return _role(body)


def get_role(call: Call) -> Json:
    """By its name."""
    with call.cloud.store.transaction() as now:
        return _role(_role_there(now, call).body)


def list_roles(call: Call) -> Json:
    """Those of a project."""
    with call.cloud.store.transaction() as now:
        found = [record.body for record in now.all(ROLE, active(now, call["project"]).id)]
    deleted = call.flag("showDeleted")
    shown = [_role(body) for body in found if deleted or not body.get("deleted")]
    return call.page("roles", [{k: v for k, v in each.items() if k != "includedPermissions"} for each in shown])


def patch_role(call: Call) -> Json:
    """Change what the mask names."""
    changes = call.changes(*ROLE_FIELDS)
    with call.cloud.store.transaction() as now:
        record = _role_there(now, call)
        body = {key: value for key, value in {**record.body, **changes}.items() if value is not None}
        now.put(ROLE, Record(record.name, record.project, body))
        return _role(body)


def delete_role(call: Call) -> Json:
    """It stays for seven days, as deleted."""
    return _role_deleted(call, deleted=True)


def undelete_role(call: Call) -> Json:
    """It is there again."""
    return _role_deleted(call, deleted=False)


def _role_deleted(call: Call, *, deleted: bool) -> Json:
    with call.cloud.store.transaction() as now:
        record = _role_there(now, call)
        body = {key: value for key, value in record.body.items() if key != "deleted"}
        body |= {"deleted": True} if deleted else {}
        now.put(ROLE, Record(record.name, record.project, body))
        return _role(body)


def _role_there(now: Transaction, call: Call) -> Record:
    name = f"projects/{active(now, call['project']).id}/roles/{call['role']}"
    record = now.get(ROLE, name)
    if record is None:
        raise ApiError(404, f"The role named {name} was not found.")
    return record


def _role(body: Json) -> Json:
    return {"stage": "GA", **body, "etag": _etag(body)}


def _predefined(name: str) -> Json:
    return {"name": name, "title": PREDEFINED[name], "stage": "GA", "etag": "AA=="}


def _changed(call: Call, changes: Json) -> Json:
    with call.cloud.store.transaction() as now:
        record = _there(now, call["project"], call["account"])
        body = {key: value for key, value in {**record.body, **changes}.items() if value not in ("", False)}
        now.put(KIND, Record(record.name, record.project, body))
        return _shown(body)


def _scope(now: Transaction, call: Call) -> str:
    return _there(now, call["project"], call["account"]).body["name"]


def _there(now: Transaction, project: str, account: str) -> Record:
    found = now.get(KIND, account)
    if account.isdigit():
        found = next((each for each in now.all(KIND) if each.body["uniqueId"] == account), None)
    if found is None or project not in ("-", found.project, active(now, found.project).number):
        raise ApiError(404, f"Unknown service account: {account}", status="NOT_FOUND")
    return found


def _shown(body: Json) -> Json:
    return {**body, "oauth2ClientId": body["uniqueId"], "etag": _etag(body)}


def _etag(body: Json) -> str:
    return base64.b64encode(b"\x01" + str(len(str(body))).encode()).decode()


ROLE_FIELDS = ("title", "description", "includedPermissions", "stage")
_A, _R = "v1/projects/{project}/serviceAccounts", "v1/projects/{project}/roles"
_AID, _RID = "iam.projects.serviceAccounts.", "iam.projects.roles."
API = Api(
    name="iam",
    routes=(
        *standard(_A, "account", _AID, create=create, list=listed, get=get, patch=patch, delete=delete),
        Route("PUT", f"{_A}/{{account}}", update, f"{_AID}update"),
        Route("POST", f"{_A}/{{account}}:disable", disable, f"{_AID}disable"),
        Route("POST", f"{_A}/{{account}}:enable", enable, f"{_AID}enable"),
        *policies.routes(f"{_A}/{{account}}", _scope, _AID, get="POST"),
        Route("GET", f"{_A}/{{account}}/keys", keys, f"{_AID}keys.list"),
        Route("POST", f"{_A}/{{account}}/keys", create_key, f"{_AID}keys.create"),
        Route("GET", "v1/roles", predefined, "iam.roles.list"),
        Route("GET", "v1/roles/{role}", predefined_role, "iam.roles.get"),
        *standard(
            _R, "role", _RID, create=create_role, list=list_roles, get=get_role, patch=patch_role, delete=delete_role
        ),
        Route("POST", f"{_R}/{{role}}:undelete", undelete_role, f"{_RID}undelete"),
    ),
)
