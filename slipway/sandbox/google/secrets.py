"""Secret Manager v1: secrets and their versions. https://cloud.google.com/secret-manager/docs/reference/rest

Who reads one in the sandbox is its owner; what an app reads is asked with the app's account, by :func:`with_values`.
"""

import base64
import binascii
import hashlib
import re

from slipway.sandbox.google import policies
from slipway.sandbox.google.cloud import billed, stamp, usable
from slipway.sandbox.google.errors import ApiError, Json
from slipway.sandbox.google.routing import Api, Call, Method, Route, standard
from slipway.sandbox.stores.google import Record, Store, Transaction

SERVICE = "secretmanager.googleapis.com"
SECRET, VERSION = "secret", "secret_version"
ID = re.compile(r"[A-Za-z0-9_-]{1,255}")
MOST = 64 << 10
"""Bytes of a payload: https://cloud.google.com/secret-manager/quotas."""
FIELDS = (
    "annotations",
    "customerManagedEncryption",
    "expireTime",
    "labels",
    "replication",
    "rotation",
    "topics",
    "tags",
)
CHANGEABLE = ("annotations", "expireTime", "labels", "rotation", "topics", "versionAliases", "versionDestroyTtl")
ACCESSOR = "roles/secretmanager.secretAccessor"
ACCESSORS = frozenset({ACCESSOR, "roles/secretmanager.admin", "roles/owner"})


def readable(now: Transaction, project: str, secret: str, email: str) -> bool:
    """Whether an account may read a secret's payloads: by a grant on the secret or on its project."""
    scopes = (f"projects/{project}/secrets/{secret}", f"projects/{project}")
    granted = [role for scope in scopes for role, _ in now.granted(scope, f"serviceAccount:{email}")]
    return not ACCESSORS.isdisjoint(granted)


def with_values(store: Store, project: str, template: Json, subject: str) -> Json:
    """A template of Cloud Run with the values of the secrets that its variables refer to.

    Raises :class:`ApiError` as Cloud Run does, where one is not there or the template's account may not read it:
    https://cloud.google.com/run/docs/configuring/services/secrets.
    """
    (container,) = template["containers"]
    if not any("valueSource" in one for one in container.get("env") or ()):
        return template
    with store.transaction() as now:
        variables = [
            {"name": one["name"], "value": _referred(now, project, template, one, f"{subject}env[{number}]")}
            if "valueSource" in one
            else one
            for number, one in enumerate(container["env"])
        ]
    return {**template, "containers": [{**container, "env": variables}]}


def _referred(now: Transaction, project: str, template: Json, variable: Json, place: str) -> str:
    reference: Json = (variable["valueSource"] or {}).get("secretKeyRef") or {}
    name, version = str(reference.get("secret", "")), str(reference.get("version") or "latest")
    owner, id = (name.split("/")[1], name.split("/")[3]) if name.startswith("projects/") else (project, name)
    owner = next((one.id for one in now.projects() if owner in (one.id, one.number)), owner)
    email = template.get("serviceAccount", "")
    path = f"projects/{owner}/secrets/{id}/versions/{version}"
    if not readable(now, owner, id, email):
        raise ApiError(
            403,
            f"{place}.value_from.secret_key_ref.name: Permission denied on secret: {path} for Revision service "
            f"account {email}. The service account used must be granted the 'Secret Manager Secret Accessor' role "
            f"({ACCESSOR}) at the secret, project or higher level.",
        )
    secret = now.get(SECRET, f"projects/{owner}/secrets/{id}")
    numbers = {one.name.rsplit("/", 1)[-1]: one for one in _versions(now, secret)} if secret else {}
    number = max(numbers, key=int) if version == "latest" and numbers else version
    if number not in numbers or numbers[number].body["state"] != "ENABLED":
        raise ApiError(404, f"{place}.value_from.secret_key_ref.name: Secret {path} was not found")
    return base64.b64decode(numbers[number].body["data"]).decode()


def create(call: Call) -> Json:
    """Make a secret, without a version yet."""
    id = call.query.get("secretId", "")
    if not ID.fullmatch(id):
        raise ApiError(400, f"Invalid secret id: 1 to 255 letters, digits, '-' and '_', got {id!r}")
    if not call.body.get("replication"):
        raise ApiError(400, "The field [replication] must be set: say automatic, or userManaged with locations")
    with call.cloud.store.transaction() as now:
        project = billed(usable(call.cloud, now, call["project"], SERVICE)).id
        key = f"projects/{project}/secrets/{id}"
        if now.taken(SECRET, key):
            raise ApiError(409, f"Secret [{key}] already exists.")
        body = {**{name: call.body[name] for name in FIELDS if name in call.body}, "createTime": stamp()}
        now.put(SECRET, Record(key, project, body))
        return _shown(now, Record(key, project, body))


def get(call: Call) -> Json:
    """By its name."""
    with call.cloud.store.transaction() as now:
        return _shown(now, _there(now, call))


def listed(call: Call) -> Json:
    """Those of a project."""
    with call.cloud.store.transaction() as now:
        project = usable(call.cloud, now, call["project"], SERVICE).id
        found = [_shown(now, record) for record in now.all(SECRET, project)]
    return {**call.page("secrets", found), "totalSize": len(found)}


def patch(call: Call) -> Json:
    """What the mask names."""
    if not call.query.get("updateMask"):
        raise ApiError(400, "The update mask must name what changes")
    changes = call.changes(*CHANGEABLE)
    with call.cloud.store.transaction() as now:
        record = _there(now, call)
        _unchanged(call, record)
        body = {key: value for key, value in {**record.body, **changes}.items() if value not in (None, {})}
        changed = Record(record.name, record.project, body)
        now.put(SECRET, changed)
        return _shown(now, changed)


def delete(call: Call) -> Json:
    """Remove it with its versions, for good."""
    with call.cloud.store.transaction() as now:
        record = _there(now, call)
        for version in _versions(now, record):
            now.drop(VERSION, version.name)
        now.drop(SECRET, record.name)
        now.revoke_scope(record.name)
    return {}


def add_version(call: Call) -> Json:
    """Put a payload into it: the next version."""
    try:
        data = base64.b64decode((call.body.get("payload") or {}).get("data", ""), validate=True)
    except (binascii.Error, ValueError):
        raise ApiError(400, "Invalid value at 'payload.data' (TYPE_BYTES): Base64 decoding failed") from None
    if len(data) > MOST:
        raise ApiError(400, f"Secret Payload cannot exceed {MOST} bytes, got {len(data)}")
    sent = (call.body.get("payload") or {}).get("dataCrc32c")
    if sent is not None and int(sent) != _crc32c(data):
        raise ApiError(400, "The checksum that was sent does not match the payload: send it again.")
    with call.cloud.store.transaction() as now:
        record = _there(now, call)
        number = max((int(each.name.rsplit("/", 1)[-1]) for each in _versions(now, record)), default=0) + 1
        name = f"{record.name}/versions/{number}"
        checked = {"clientSpecifiedPayloadChecksum": True} if sent is not None else {}
        body = {"state": "ENABLED", "createTime": stamp(), "data": base64.b64encode(data).decode(), **checked}
        now.put(VERSION, Record(name, record.project, body))
        return _version(now, Record(name, record.project, body))


def get_version(call: Call) -> Json:
    """A version without its payload."""
    with call.cloud.store.transaction() as now:
        return _version(now, _version_there(now, call))


def list_versions(call: Call) -> Json:
    """Those of a secret, the newest first."""
    with call.cloud.store.transaction() as now:
        versions = _versions(now, _there(now, call))
        versions.sort(key=lambda each: -int(each.name.rsplit("/", 1)[-1]))
        found = [_version(now, each) for each in versions]
    return {**call.page("versions", found), "totalSize": len(found)}


def access(call: Call) -> Json:
    """A version's payload; only of one that is enabled."""
    with call.cloud.store.transaction() as now:
        record = _version_there(now, call)
        if record.body["state"] != "ENABLED":
            raise ApiError(
                400, f"Secret Version [{record.name}] is in {record.body['state']} state.", status="FAILED_PRECONDITION"
            )
        name = _numbered(now, record)
    data = base64.b64decode(record.body["data"])
    return {"name": name, "payload": {"data": record.body["data"], "dataCrc32c": str(_crc32c(data))}}


def move(state: str) -> Method:
    """The method that enables, disables or destroys a version."""

    def method(call: Call) -> Json:
        with call.cloud.store.transaction() as now:
            record = _version_there(now, call)
            if record.body["state"] == "DESTROYED":
                raise ApiError(
                    400, f"Secret Version [{record.name}] is in DESTROYED state.", status="FAILED_PRECONDITION"
                )
            body = {**record.body, "state": state}
            if state == "DESTROYED":
                body = {key: value for key, value in body.items() if key != "data"} | {"destroyTime": stamp()}
            changed = Record(record.name, record.project, body)
            now.put(VERSION, changed)
            return _version(now, changed)

    return method


def _scope(now: Transaction, call: Call) -> str:
    return _there(now, call).name


def _there(now: Transaction, call: Call) -> Record:
    project = usable(call.cloud, now, call["project"], SERVICE)
    record = now.get(SECRET, f"projects/{project.id}/secrets/{call['secret']}")
    if record is None:
        raise ApiError(404, f"Secret [projects/{project.number}/secrets/{call['secret']}] not found.")
    return record


def _version_there(now: Transaction, call: Call) -> Record:
    secret = _there(now, call)
    versions = {each.name.rsplit("/", 1)[-1]: each for each in _versions(now, secret)}
    asked = call["version"]
    if asked == "latest" and versions:
        asked = max(versions, key=int)
    asked = str((secret.body.get("versionAliases") or {}).get(asked, asked))
    if asked not in versions:
        raise ApiError(404, f"Secret Version [{secret.name}/versions/{call['version']}] not found.")
    return versions[asked]


def _versions(now: Transaction, secret: Record) -> list[Record]:
    return [each for each in now.all(VERSION, secret.project) if each.name.startswith(f"{secret.name}/versions/")]


def _unchanged(call: Call, record: Record) -> None:
    if call.body.get("etag") and call.body["etag"] != _etag(record):
        raise ApiError(400, "The etag provided does not match the current etag.", status="FAILED_PRECONDITION")


def _shown(now: Transaction, record: Record) -> Json:
    return {**record.body, "name": _numbered(now, record), "etag": _etag(record)}


def _version(now: Transaction, record: Record) -> Json:
    shown = {key: value for key, value in record.body.items() if key != "data"}
    status = {"automatic": {}}
    return {**shown, "name": _numbered(now, record), "etag": _etag(record), "replicationStatus": status}


def _numbered(now: Transaction, record: Record) -> str:
    """Its name with the number of its project, as Secret Manager answers."""
    project = now.project(record.project)
    return record.name.replace(f"projects/{record.project}/", f"projects/{project.number if project else '0'}/", 1)


def _etag(record: Record) -> str:
    return f'"{hashlib.sha256(str(record.body).encode()).hexdigest()[:14]}"'


def _crc32c(data: bytes) -> int:
    import google_crc32c  # a compiled module, of this answer alone

    return google_crc32c.value(data)


_S = "v1/projects/{project}/secrets"
_V = f"{_S}/{{secret}}/versions"
_ID = "secretmanager.projects.secrets."
API = Api(
    name="secretmanager",
    routes=(
        *standard(_S, "secret", _ID, create=create, list=listed, get=get, patch=patch, delete=delete),
        Route("POST", f"{_S}/{{secret}}:addVersion", add_version, f"{_ID}addVersion"),
        *policies.routes(f"{_S}/{{secret}}", _scope, _ID),
        Route("GET", _V, list_versions, f"{_ID}versions.list"),
        Route("GET", f"{_V}/{{version}}", get_version, f"{_ID}versions.get"),
        Route("GET", f"{_V}/{{version}}:access", access, f"{_ID}versions.access"),
        Route("POST", f"{_V}/{{version}}:enable", move("ENABLED"), f"{_ID}versions.enable"),
        Route("POST", f"{_V}/{{version}}:disable", move("DISABLED"), f"{_ID}versions.disable"),
        Route("POST", f"{_V}/{{version}}:destroy", move("DESTROYED"), f"{_ID}versions.destroy"),
    ),
)
