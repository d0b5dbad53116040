"""Cloud SQL's v1beta4: PostgreSQL instances, which are real servers here, with their databases and users.

https://cloud.google.com/sql/docs/postgres/admin-api/rest. What an instance holds outlives `sandbox stop`, so its record
lies beside its data and not in the store; a project that is not there any more hides none.
"""

import re
import threading
from collections import defaultdict
from functools import wraps

from slipway.sandbox.databases import servers
from slipway.sandbox.databases.programs import NoPostgresError
from slipway.sandbox.databases.servers import Instance, ServerError, identifier, literal
from slipway.sandbox.google import operations
from slipway.sandbox.google.cloud import billed, stamp, usable
from slipway.sandbox.google.errors import ApiError, Json
from slipway.sandbox.google.routing import Api, Call, Method, Route
from slipway.sandbox.stores.google import Record

SERVICE = "sqladmin.googleapis.com"
KIND = "sql_operation"
NAME = re.compile(r"[a-z]([a-z0-9-]{0,96}[a-z0-9])?")
VERSION = re.compile(r"POSTGRES_(\d+)")
PROTECTED = "deletionProtectionEnabled"
SUPERUSER = "cloudsqlsuperuser"
"""The role that every user of an instance is in, and that owns its databases: the real superuser is Google's alone.

https://cloud.google.com/sql/docs/postgres/users
"""


_locks: defaultdict[tuple[str, str], threading.Lock] = defaultdict(threading.Lock)


def one_at_a_time(method: Method) -> Method:
    """A method that waits for the other changes of its instance, whose record is read, changed and written."""

    @wraps(method)
    def alone(call: Call) -> Json:
        name = call.path.get("instance") or str(call.body.get("name", ""))
        with _locks[call["project"], name]:
            return method(call)

    return alone


@one_at_a_time
def insert(call: Call) -> Json:
    """Make an instance: a server of its own on this machine."""
    name, form = call.text("name"), call.text("databaseVersion")
    if not NAME.fullmatch(name):
        raise _invalid(f"Invalid instance name ({name}): lowercase letters, digits and hyphens, a letter first.")
    if not VERSION.fullmatch(form):
        raise ApiError(501, f"the sandbox serves PostgreSQL alone, got the databaseVersion {form!r}")
    settings = call.body.get("settings") or {}
    if not settings.get("tier"):
        raise _invalid("Invalid request: Missing parameter: settings.tier.")
    with call.cloud.store.transaction() as now:
        project = billed(usable(call.cloud, now, call["project"], SERVICE))
    instance = Instance(state_folder=call.cloud.state_folder, project=project.id, name=name)
    if instance.record:
        raise ApiError(409, "The Cloud SQL instance already exists.", reason="instanceAlreadyExists")
    _serve(instance)
    _ask(instance, f"create role {SUPERUSER} nologin createdb createrole;")
    region = str(call.body.get("region") or "us-central1")
    body = {
        "kind": "sql#instance",
        "name": name,
        "project": project.id,
        "region": region,
        "gceZone": f"{region}-a",
        "databaseVersion": form,
        "connectionName": f"{project.id}:{region}:{name}",
        "state": "RUNNABLE",
        "backendType": "SECOND_GEN",
        "instanceType": "CLOUD_SQL_INSTANCE",
        "ipAddresses": [{"type": "PRIMARY", "ipAddress": "127.0.0.1"}],
        "serviceAccountEmailAddress": f"p{project.number}-sandbox@gcp-sa-cloud-sql.iam.gserviceaccount.com",
        "settings": {"kind": "sql#settings", "settingsVersion": "1", **settings},
        "createTime": stamp(),
    }
    instance.write({"instance": body, "databases": {servers.OWNER: _database(servers.OWNER)}, "users": {}})
    return _done(call, name, "CREATE")


def get(call: Call) -> Json:
    """By its name."""
    return _there(call).record["instance"]


def listed(call: Call) -> Json:
    """Those of a project."""
    found = [one.record["instance"] for one in servers.instances(call.cloud.state_folder, call["project"])]
    return {"kind": "sql#instancesList", **call.page("items", found, size="maxResults")}


@one_at_a_time
def patch(call: Call) -> Json:
    """The settings that are given; the others stay."""
    instance = _there(call)
    record = instance.record
    body, given = record["instance"], call.body.get("settings") or {}
    version = str(int(body["settings"]["settingsVersion"]) + 1)
    settings = {key: value for key, value in {**body["settings"], **given}.items() if value is not None}
    changed = {**body, "settings": {**settings, "settingsVersion": version}}
    instance.write({**record, "instance": changed})
    return _done(call, instance.name, "UPDATE")


@one_at_a_time
def delete(call: Call) -> Json:
    """Remove it with all it holds."""
    instance = _there(call)
    if instance.record["instance"]["settings"].get(PROTECTED):
        raise _invalid("The instance is protected. Please disable the deletion protection and try again.")
    servers.remove(instance)
    return _done(call, instance.name, "DELETE")


@one_at_a_time
def insert_database(call: Call) -> Json:
    """Make a database in an instance."""
    name, instance = call.text("name"), _there(call)
    record = instance.record
    if name in record["databases"]:
        raise _invalid(f'failed to create database {name}. Detail: pq: database "{name}" already exists')
    _ask(instance, f"create database {identifier(name)} owner {SUPERUSER};")
    instance.write({**record, "databases": {**record["databases"], name: _database(name)}})
    return _done(call, instance.name, "CREATE_DATABASE")


def get_database(call: Call) -> Json:
    """A database of an instance."""
    instance = _there(call)
    body = instance.record["databases"].get(call["database"])
    if body is None:
        raise ApiError(404, "Not Found", reason="notFound")
    return {**body, "project": instance.project, "instance": instance.name}


def list_databases(call: Call) -> Json:
    """Those of an instance."""
    instance = _there(call)
    own = {"project": instance.project, "instance": instance.name}
    return {"kind": "sql#databasesList", "items": [{**one, **own} for one in instance.record["databases"].values()]}


@one_at_a_time
def delete_database(call: Call) -> Json:
    """Remove it with its tables; PostgreSQL keeps one that somebody is connected to."""
    instance, name = _there(call), call["database"]
    record = instance.record
    if name in record["databases"]:
        _ask(instance, f"drop database {identifier(name)} with (force);")
        rest = {key: body for key, body in record["databases"].items() if key != name}
        instance.write({**record, "databases": rest})
    return _done(call, instance.name, "DELETE_DATABASE")


@one_at_a_time
def insert_user(call: Call) -> Json:
    """Make a user with a password, who may make databases and other users, as on Cloud SQL."""
    name, instance = call.text("name"), _there(call)
    record = instance.record
    if not call.body.get("password"):
        raise _invalid("Invalid request: Password is required for the user.")
    if name in record["users"]:
        _ask(instance, f"alter role {identifier(name)} {_with_password(call)};")
    else:
        rights = f"login createdb createrole in role {SUPERUSER}"
        _ask(instance, f"create role {identifier(name)} {rights} {_with_password(call)};")
    body = {"kind": "sql#user", "name": name, "host": "", "type": call.body.get("type") or "BUILT_IN"}
    instance.write({**record, "users": {**record["users"], name: body}})
    return _done(call, instance.name, "CREATE_USER")


@one_at_a_time
def update_user(call: Call) -> Json:
    """Another password."""
    instance, name = _there(call), call.query.get("name", "")
    if name not in instance.record["users"]:
        raise ApiError(404, "The user does not exist.", reason="userDoesNotExist")
    _ask(instance, f"alter role {identifier(name)} {_with_password(call)};")
    return _done(call, instance.name, "UPDATE_USER")


def list_users(call: Call) -> Json:
    """Those of an instance, without passwords."""
    instance = _there(call)
    own = {"project": instance.project, "instance": instance.name}
    return {"kind": "sql#usersList", "items": [{**one, **own} for one in instance.record["users"].values()]}


def get_user(call: Call) -> Json:
    """A user of an instance."""
    instance = _there(call)
    body = instance.record["users"].get(call["user"])
    if body is None:
        raise ApiError(404, "The user does not exist.", reason="userDoesNotExist")
    return {**body, "project": instance.project, "instance": instance.name}


@one_at_a_time
def delete_user(call: Call) -> Json:
    """Remove a user who owns nothing, as PostgreSQL demands."""
    instance, name = _there(call), call.query.get("name", "")
    record = instance.record
    if name in record["users"]:
        _ask(instance, f"drop role {identifier(name)};")
        rest = {key: body for key, body in record["users"].items() if key != name}
        instance.write({**record, "users": rest})
    return _done(call, instance.name, "DELETE_USER")


def _with_password(call: Call) -> str:
    return f"password {literal(str(call.body.get('password') or ''))}"


def _there(call: Call) -> Instance:
    instance = Instance(state_folder=call.cloud.state_folder, project=call["project"], name=call["instance"])
    if not instance.record:
        raise ApiError(404, "The Cloud SQL instance does not exist.", reason="instanceDoesNotExist")
    return instance


def _serve(instance: Instance) -> None:
    try:
        servers.start(instance)
    except (NoPostgresError, ServerError) as error:
        raise ApiError(503, str(error), status="UNAVAILABLE") from error


def _ask(instance: Instance, sql: str, database: str = servers.OWNER) -> None:
    _serve(instance)
    try:
        servers.ask(instance, sql, database)
    except ServerError as error:
        raise _invalid(f"Invalid request: {error}.") from error


def _database(name: str) -> Json:
    return {"kind": "sql#database", "name": name, "charset": "UTF8", "collation": "en_US.UTF8", "etag": name}


def _invalid(message: str) -> ApiError:
    return ApiError(400, message, reason="invalid")


def _done(call: Call, instance: str, kind: str) -> Json:
    """An operation that has come to its end: Cloud SQL has a form of its own for it."""
    moment, project = stamp(), call["project"]
    operation = {
        "kind": "sql#operation",
        "name": operations.unique(),
        "operationType": kind,
        "status": "DONE",
        "targetId": instance,
        "targetProject": project,
        "insertTime": moment,
        "startTime": moment,
        "endTime": moment,
        "user": "sandbox",
    }
    with call.cloud.store.transaction() as now:
        now.put(KIND, Record(operation["name"], project, operation))
    return operation


def get_operation(call: Call) -> Json:
    """How an operation ended."""
    with call.cloud.store.transaction() as now:
        record = now.get(KIND, call["operation"])
    if record is None:
        raise ApiError(404, "The Cloud SQL operation does not exist.", reason="operationDoesNotExist")
    return record.body


_P = "sql/v1beta4/projects/{project}"
_I = f"{_P}/instances/{{instance}}"
API = Api(
    name="sqladmin",
    routes=(
        Route("POST", f"{_P}/instances", insert, "sql.instances.insert"),
        Route("GET", f"{_P}/instances", listed, "sql.instances.list"),
        Route("GET", _I, get, "sql.instances.get"),
        Route("PATCH", _I, patch, "sql.instances.patch"),
        Route("PUT", _I, patch, "sql.instances.update"),
        Route("DELETE", _I, delete, "sql.instances.delete"),
        Route("POST", f"{_I}/databases", insert_database, "sql.databases.insert"),
        Route("GET", f"{_I}/databases", list_databases, "sql.databases.list"),
        Route("GET", f"{_I}/databases/{{database}}", get_database, "sql.databases.get"),
        Route("DELETE", f"{_I}/databases/{{database}}", delete_database, "sql.databases.delete"),
        Route("POST", f"{_I}/users", insert_user, "sql.users.insert"),
        Route("GET", f"{_I}/users", list_users, "sql.users.list"),
        Route("PUT", f"{_I}/users", update_user, "sql.users.update"),
        Route("DELETE", f"{_I}/users", delete_user, "sql.users.delete"),
        Route("GET", f"{_I}/users/{{user}}", get_user, "sql.users.get"),
        Route("GET", f"{_P}/operations/{{operation}}", get_operation, "sql.operations.get"),
    ),
)
