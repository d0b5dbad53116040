"""Artifact Registry v1: repositories, which are kept; images lie in the sandbox's registry.

https://cloud.google.com/artifact-registry/docs/reference/rest
"""

import re

from slipway.sandbox.google import operations, policies
from slipway.sandbox.google.cloud import Cloud, stamp, usable
from slipway.sandbox.google.errors import ApiError, Json
from slipway.sandbox.google.routing import Api, Call, Route, standard
from slipway.sandbox.stores.google import Record, Transaction

SERVICE = "artifactregistry.googleapis.com"
KIND = "repository"
ID = re.compile(r"[a-z]([a-z0-9-]{0,61}[a-z0-9])?")
FORMATS = ("DOCKER", "MAVEN", "NPM", "PYTHON", "APT", "YUM", "KFP", "GO", "GENERIC")
CHANGEABLE = (
    *("cleanupPolicies", "cleanupPolicyDryRun", "description", "dockerConfig", "labels", "mavenConfig"),
    *("remoteRepositoryConfig", "virtualRepositoryConfig", "vulnerabilityScanningConfig"),
)
TYPE = "type.googleapis.com/google.devtools.artifactregistry.v1."


def create(call: Call) -> Json:
    """Make one in a region."""
    id, form = call.query.get("repositoryId", ""), str(call.body.get("format", "")).upper()
    if not ID.fullmatch(id):
        raise ApiError(400, f"the repository id must be 1 to 63 lowercase letters, digits and hyphens, got {id!r}")
    if form not in FORMATS:
        raise ApiError(400, f"the format must be one of {', '.join(FORMATS)}, got {call.body.get('format')!r}")
    with call.cloud.store.transaction() as now:
        project = usable(call.cloud, now, call["project"], SERVICE).id
        name = f"projects/{project}/locations/{call['location']}/repositories/{id}"
        if now.taken(KIND, name):
            raise ApiError(409, "the repository already exists")
        moment = stamp()
        body = {
            "mode": "STANDARD_REPOSITORY",
            **{key: call.body[key] for key in (*CHANGEABLE, "mode", "kmsKeyName") if call.body.get(key)},
            "name": name,
            "format": form,
            "createTime": moment,
            "updateTime": moment,
        }
        now.put(KIND, Record(name, project, body))
        return _done(now, call, {"@type": f"{TYPE}Repository", **_shown(call.cloud, body)})


def get(call: Call) -> Json:
    """By its name."""
    with call.cloud.store.transaction() as now:
        return _shown(call.cloud, _there(now, call).body)


def listed(call: Call) -> Json:
    """Those of a region, or with ``-`` of all."""
    with call.cloud.store.transaction() as now:
        project = usable(call.cloud, now, call["project"], SERVICE).id
        found = [record.body for record in now.all(KIND, project)]
    here = [body for body in found if call["location"] in ("-", body["name"].split("/")[3])]
    return call.page("repositories", [_shown(call.cloud, body) for body in here])


def patch(call: Call) -> Json:
    """What the mask names."""
    changes = call.changes(*CHANGEABLE)
    with call.cloud.store.transaction() as now:
        record = _there(now, call)
        body = {key: value for key, value in {**record.body, **changes}.items() if value not in (None, {}, "")}
        now.put(KIND, Record(record.name, record.project, {**body, "updateTime": stamp()}))
        return _shown(call.cloud, body)


def delete(call: Call) -> Json:
    """Remove it with its images."""
    with call.cloud.store.transaction() as now:
        record = _there(now, call)
        now.drop(KIND, record.name)
        now.revoke_scope(record.name)
        return _done(now, call, {"@type": "type.googleapis.com/google.protobuf.Empty"})


def _scope(now: Transaction, call: Call) -> str:
    return _there(now, call).name


def _there(now: Transaction, call: Call) -> Record:
    project = usable(call.cloud, now, call["project"], SERVICE).id
    name = f"projects/{project}/locations/{call['location']}/repositories/{call['repository']}"
    record = now.get(KIND, name)
    if record is None:
        raise ApiError(404, f"Repository {name!r} not found")
    return record


def _shown(cloud: Cloud, body: Json) -> Json:
    """With where images go: the sandbox's registry, where it runs, has those of every repository below its name."""
    _, project, _, location, _, id = body["name"].split("/")
    registry = cloud.variables().get("SLIPWAY_REGISTRY", "") if body["format"] == "DOCKER" else ""
    host = registry or f"{location}-{body['format'].lower()}.pkg.dev"
    return {**body, "registryUri": f"{host}/{project}/{id}", "sizeBytes": "0"}


def _done(now: Transaction, call: Call, response: Json) -> Json:
    name = f"projects/{call['project']}/locations/{call['location']}/operations/{operations.unique()}"
    return operations.done(now, name, call["project"], response)


_L = "v1/projects/{project}/locations/{location}"
_R = f"{_L}/repositories"
_ID = "artifactregistry.projects.locations.repositories."
API = Api(
    name="artifactregistry",
    routes=(
        *standard(_R, "repository", _ID, create=create, list=listed, get=get, patch=patch, delete=delete),
        *policies.routes(f"{_R}/{{repository}}", _scope, _ID),
        Route(
            "GET",
            f"{_L}/operations/{{id}}",
            operations.get_by("projects/{project}/locations/{location}/operations/{id}"),
            "artifactregistry.projects.locations.operations.get",
        ),
    ),
)
