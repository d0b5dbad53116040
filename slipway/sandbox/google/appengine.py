"""App Engine Admin v1: an application a project, its services, their versions and traffic.

https://cloud.google.com/appengine/docs/admin-api/reference/rest
"""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import unquote, urlsplit

from slipway.sandbox.appengine import routes, versions
from slipway.sandbox.google import domain_mappings, operations, policies
from slipway.sandbox.google.cloud import Cloud, usable
from slipway.sandbox.google.errors import ApiError, Json
from slipway.sandbox.google.routing import Api, Call, Route, standard
from slipway.sandbox.stores.google import Record, Transaction

SERVICE = "appengine.googleapis.com"
LIMIT = 210
"""Versions an application may have (https://cloud.google.com/appengine/docs/standard/quotas)."""
READERS = frozenset(
    f"roles/{role}"
    for role in (
        "storage.objectViewer", "storage.objectUser", "storage.objectAdmin", "storage.admin",
        "storage.legacyObjectReader",
        "owner", "editor", "viewer",
    )
)  # fmt: skip
"""Roles with storage.objects.get; the basic ones only where they are given on the project."""
RUNTIME = re.compile(r"python3\d{1,2}")
VERSION_ID = re.compile(r"(?!ah-)(?!default$)(?!latest$)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
RUNS_ANEW = ("deployment", "entrypoint", "envVariables", "runtime")
"""What of a version, once changed, needs its process started again."""
CHANGEABLE = ("automaticScaling", "basicScaling", "manualScaling", "instanceClass", "servingStatus")
SPLIT_FIELDS = ("allocations", "shardBy")
APP_FIELDS = ("authDomain", "databaseType", "dispatchRules", "featureSettings", "iap", "servingStatus", "sslPolicy")
TYPE = "type.googleapis.com/google.appengine.v1."


def create_application(call: Call) -> Json:
    """Once a project, in one region, for good."""
    project, location = call.text("id"), call.text("locationId")
    if not re.fullmatch(r"[a-z]+-[a-z]+\d?", location):
        raise ApiError(400, f"Invalid value for location_id: {location!r} is no region of App Engine")
    with call.cloud.store.transaction() as now:
        usable(call.cloud, now, project, SERVICE)
        if now.taken("application", project):
            raise ApiError(409, "This application already exists and cannot be re-created.")
        body = {"locationId": location, **{key: call.body[key] for key in APP_FIELDS if key in call.body}}
        now.put("application", Record(project, project, body))
        return _done(now, project, {"@type": f"{TYPE}Application", **_application(call.cloud, project, body)})


def get_application(call: Call) -> Json:
    """An application."""
    with call.cloud.store.transaction() as now:
        return _application(call.cloud, call["app"], _application_there(call.cloud, now, call["app"]).body)


def patch_application(call: Call) -> Json:
    """Its settings; the region and the project stay."""
    with call.cloud.store.transaction() as now:
        record = _application_there(call.cloud, now, call["app"])
        _dispatched(now, call["app"], call.changes(*APP_FIELDS).get("dispatchRules") or ())
        body = {key: value for key, value in {**record.body, **call.changes(*APP_FIELDS)}.items() if value is not None}
        now.put("application", Record(record.name, record.project, body))
        return _done(
            now, record.project, {"@type": f"{TYPE}Application", **_application(call.cloud, call["app"], body)}
        )


def _dispatched(now: Transaction, project: str, rules: Sequence[Json]) -> None:
    """Each rule leads a whole domain to a service that is there: the sandbox's front takes no path apart."""
    for rule in rules:
        if rule.get("path", "/*") != "/*" or "*" in rule.get("domain", ""):
            raise ApiError(501, f"The sandbox dispatches one domain with the path '/*' to a service, got {rule}")
        if not _versions(now, project, rule["service"]):
            raise ApiError(400, f"Service {rule['service']} not found: a dispatch rule names one that has a version")


def list_services(call: Call) -> Json:
    """The services that have a version."""
    with call.cloud.store.transaction() as now:
        project = _application_there(call.cloud, now, call["app"]).project
        names = sorted({record.name.split("/")[1] for record in now.all("version", project)})
        found = [_service(project, _split(now, project, name)) for name in names]
    return call.page("services", found)


def get_service(call: Call) -> Json:
    """One of them, with its split."""
    with call.cloud.store.transaction() as now:
        return _service(call["app"], _service_there(call, now))


def patch_service(call: Call) -> Json:
    """Move the traffic, at once."""
    if "split" not in call.changes("split", "networkSettings", "labels"):
        raise ApiError(400, "The sandbox updates the split of a service: give updateMask=split")
    split = call.body.get("split") or {}
    allocations = split.get("allocations") or {}
    with call.cloud.store.transaction() as now:
        service = _service_there(call, now)
        project, name = service.name.split("/")
        there = {record.name.rsplit("/", 1)[-1] for record in _versions(now, project, name)}
        if missing := sorted(set(allocations) - there):
            raise ApiError(400, f"Version {missing[0]!r} of service {name!r} does not exist")
        total = sum(float(share) for share in allocations.values())
        if abs(total - 1) >= 0.005:
            raise ApiError(400, f"The sum of the traffic allocations must be 1, got {total:g}")
        body = {key: split[key] for key in SPLIT_FIELDS if key in split}
        body["allocations"] = {version: str(share) for version, share in allocations.items()}
        record = Record(service.name, project, body)
        now.put("split", record)
        return _done(now, project, {"@type": f"{TYPE}Service", **_service(project, record)})


def delete_service(call: Call) -> Json:
    """A service with all its versions, but ``default``."""
    if call["service"] == "default":
        raise ApiError(400, "The default service (module) may not be deleted.")
    with call.cloud.store.transaction() as now:
        service = _service_there(call, now)
        removed = [record.name for record in _versions(now, call["app"], call["service"])]
    for name in removed:
        versions.remove(call.cloud.state_folder, name)
    with call.cloud.store.transaction() as now:
        for name in removed:
            now.drop("version", name)
        now.drop("split", service.name)
        return _done(now, call["app"], {"@type": "type.googleapis.com/google.protobuf.Empty"})


def create_version(call: Call) -> Json:
    """Fetch the source as the version's own identity, start it; the service's first version gets the traffic.

    A version of a name that is there is deployed again: its new code and settings run in place of the old.
    """
    project, service, id = call["app"], call["service"], call.text("id")
    if not VERSION_ID.fullmatch(id):
        raise ApiError(400, f"The version id is lowercase letters, digits and '-', not default, latest or ah-…: {id!r}")
    if not RUNTIME.fullmatch(call.body.get("runtime", "")):
        raise ApiError(400, f"Invalid runtime {call.body.get('runtime')!r}: the sandbox runs Python apps")
    name, body = f"{project}/{service}/{id}", dict(call.body)
    with call.cloud.store.transaction() as now:
        owner = usable(call.cloud, now, project, SERVICE)
        if now.get("application", project) is None:
            raise _no_application(project)
        if not owner.billing:
            raise ApiError(403, f"Operation requires a billing account, and the project {project} has none")
        _room(now, project, service, name)
        bucket, path = _source(body)
        body["serviceAccount"] = _identity(body, project)
        _readable(now, project, body["serviceAccount"], bucket, path)
        before = now.get("version", name)
    source = None
    if before is None or any(before.body.get(key) != body.get(key) for key in RUNS_ANEW):
        source = call.cloud.download(bucket, path)
        if source is None:
            raise ApiError(404, f"The file https://storage.googleapis.com/{bucket}/{path} was not found")

    def deploy() -> Json:
        if source is not None:
            try:
                versions.deploy(call.cloud.state_folder, name, source, body)
            except versions.FailedStartError as error:
                raise ApiError(
                    400, f"Cloud build failed for {project}. {error}", status="FAILED_PRECONDITION"
                ) from error
        with call.cloud.store.transaction() as now:
            created = before.body["created"] if before else _stamp(now, project, service)
            record = Record(name, project, {**body, "created": created})
            now.put("version", record)
            if now.get("split", f"{project}/{service}") is None:
                split = {"allocations": {id: "1"}, "shardBy": "IP"}
                now.put("split", Record(f"{project}/{service}", project, split))
        return {"@type": f"{TYPE}Version", **_version(call.cloud, record, full=True)}

    target = f"apps/{project}/services/{service}/versions/{id}"
    return operations.started(call.cloud, _operation(project), project, _metadata("CreateVersion", target), deploy)


def get_version(call: Call) -> Json:
    """A version; with ``view=FULL`` what it was deployed with too."""
    with call.cloud.store.transaction() as now:
        record = _version_there(call, now)
    return _version(call.cloud, record, full=call.query.get("view") == "FULL")


def list_versions(call: Call) -> Json:
    """The versions of a service."""
    with call.cloud.store.transaction() as now:
        _service_there(call, now)
        found = _versions(now, call["app"], call["service"])
    full = call.query.get("view") == "FULL"
    return call.page("versions", [_version(call.cloud, record, full=full) for record in found])


def patch_version(call: Call) -> Json:
    """Its scaling and whether it serves: kept, and not done."""
    with call.cloud.store.transaction() as now:
        record = _version_there(call, now)
        body = {key: value for key, value in {**record.body, **call.changes(*CHANGEABLE)}.items() if value is not None}
        changed = Record(record.name, record.project, body)
        now.put("version", changed)
        return _done(now, record.project, {"@type": f"{TYPE}Version", **_version(call.cloud, changed, full=True)})


def delete_version(call: Call) -> Json:
    """Never one with traffic, never a service's last."""
    with call.cloud.store.transaction() as now:
        record = _version_there(call, now)
        project, service, id = record.name.split("/")
        siblings = [each.name for each in _versions(now, project, service)]
        split = now.get("split", f"{project}/{service}")
    if siblings == [record.name]:
        raise ApiError(
            400,
            "Cannot delete the final version of a service (module). Please delete the whole service (module) in order "
            "to delete this version.",
        )
    if split and float(split.body["allocations"].get(id, 0)) > 0:
        raise ApiError(
            400,
            "Cannot delete a version with a non-zero traffic allocation. Please update your traffic split to remove "
            "the allocation for this version and try again.",
        )
    versions.remove(call.cloud.state_folder, record.name, drain=True)
    with call.cloud.store.transaction() as now:
        now.drop("version", record.name)
        return _done(now, project, {"@type": "type.googleapis.com/google.protobuf.Empty"})


def list_instances(call: Call) -> Json:
    """The one process of a version, while it runs."""
    with call.cloud.store.transaction() as now:
        record = _version_there(call, now)
    id = record.name.rsplit("/", 1)[-1]
    running = [
        each for each in versions.listed(call.cloud.state_folder, call["service"]) if each.id == id and each.serving
    ]
    place = f"apps/{call['app']}/services/{call['service']}/versions/{id}/instances"
    return call.page("instances", [{"name": f"{place}/0", "id": "0", "availability": "DYNAMIC"} for _ in running])


def locations(call: Call) -> Json:
    """The regions."""
    with call.cloud.store.transaction() as now:
        usable(call.cloud, now, call["app"], SERVICE)
    return call.page("locations", [_location(call["app"], name) for name in sorted(routes.REGION_IDS)])


def location(call: Call) -> Json:
    """A region."""
    if call["location"] not in routes.REGION_IDS:
        raise ApiError(404, f"Location {call['location']} was not found.")
    return _location(call["app"], call["location"])


def _location(app: str, name: str) -> Json:
    return {
        "name": f"apps/{app}/locations/{name}",
        "locationId": name,
        "labels": {"cloud.googleapis.com/region": name},
        "metadata": {"@type": f"{TYPE}LocationMetadata", "standardEnvironmentAvailable": True},
    }


def _application(cloud: Cloud, project: str, body: Json) -> Json:
    port = urlsplit(cloud.variables().get("SLIPWAY_FRONT", "")).port or 0
    return {
        "name": f"apps/{project}",
        "id": project,
        "defaultHostname": routes.hostname(project, body["locationId"], port),
        "defaultBucket": f"{project}.appspot.com",
        "codeBucket": f"staging.{project}.appspot.com",
        "gcrDomain": "gcr.io",
        "serviceAccount": f"{project}@appspot.gserviceaccount.com",
        "featureSettings": {"splitHealthChecks": True, "useContainerOptimizedOs": True},
        "servingStatus": "SERVING",
        **body,
    }


def _application_there(cloud: Cloud, now: Transaction, project: str) -> Record:
    usable(cloud, now, project, SERVICE)
    record = now.get("application", project)
    if record is None:
        raise _no_application(project)
    return record


def _no_application(project: str) -> ApiError:
    return ApiError(404, f'Could not find Application "{project}".')


def _service(project: str, record: Record) -> Json:
    id = record.name.split("/")[1]
    allocations = {version: float(share) for version, share in record.body["allocations"].items()}
    split = {**record.body, "allocations": allocations}
    return {"name": f"apps/{project}/services/{id}", "id": id, "split": split}


def _service_there(call: Call, now: Transaction) -> Record:
    usable(call.cloud, now, call["app"], SERVICE)
    if not _versions(now, call["app"], call["service"]):
        raise ApiError(404, f"Service {call['service']} not found")
    return _split(now, call["app"], call["service"])


def _split(now: Transaction, project: str, service: str) -> Record:
    name = f"{project}/{service}"
    return now.get("split", name) or Record(name, project, {"allocations": {}, "shardBy": "IP"})


def _version(cloud: Cloud, record: Record, *, full: bool) -> Json:
    project, service, id = record.name.split("/")
    created = datetime.fromisoformat(record.body["created"]).astimezone(UTC)
    shown = {key: value for key, value in record.body.items() if key != "created" and (full or key not in FULL)}
    application = cloud.store.get("application", project)
    host = _application(cloud, project, application.body)["defaultHostname"] if application else ""
    return {
        "servingStatus": "SERVING",
        "env": "standard",
        **shown,
        "name": f"apps/{project}/services/{service}/versions/{id}",
        "id": id,
        "createTime": created.isoformat(timespec="microseconds").replace("+00:00", "Z"),
        "createdBy": "you@sandbox.invalid",
        "versionUrl": f"http://{id}-dot-{service}-dot-{host}",
    }


def _version_there(call: Call, now: Transaction) -> Record:
    usable(call.cloud, now, call["app"], SERVICE)
    record = now.get("version", f"{call['app']}/{call['service']}/{call['version']}")
    if record is None:
        name = f"{call['app']}/{call['service']}/{call['version']}"
        raise ApiError(404, f"Version {name} not found")
    return record


def _versions(now: Transaction, project: str, service: str) -> list[Record]:
    return [record for record in now.all("version", project) if record.name.startswith(f"{project}/{service}/")]


def _stamp(now: Transaction, project: str, service: str) -> str:
    """Now, and later than every version there is: it tells their order, and a machine's clock may be set back."""
    there = [datetime.fromisoformat(record.body["created"]) for record in _versions(now, project, service)]
    stamp = datetime.now(UTC)
    if there:
        stamp = max(stamp, max(there) + timedelta(microseconds=1))
    return stamp.isoformat(timespec="microseconds")


def _room(now: Transaction, project: str, service: str, name: str) -> None:
    there = [record.name for record in now.all("version", project)]
    if service != "default" and not any(each.startswith(f"{project}/default/") for each in there):
        raise ApiError(
            400,
            "The first service (module) you upload to a new application must be the 'default' service (module). Please "
            f"upload a version of the 'default' service (module) before uploading a version for the '{service}' "
            "service (module).",
        )
    if len(there) >= LIMIT and name not in there:
        raise ApiError(
            400,
            f"Your app may not have more than {LIMIT} versions. Please delete one of the existing versions before "
            "trying to create a new version.",
        )


def _source(body: Mapping[str, Any]) -> tuple[str, str]:
    """The bucket and the object of the deployment's zip."""
    url = ((body.get("deployment") or {}).get("zip") or {}).get("sourceUrl", "")
    parts = urlsplit(url)
    bucket, _, path = parts.path.lstrip("/").partition("/")
    if parts.hostname == "storage.googleapis.com" and bucket and path:
        return bucket, unquote(path)
    raise ApiError(
        400,
        f"deployment.zip.sourceUrl must be https://storage.googleapis.com/BUCKET/OBJECT in the sandbox, got {url!r}",
    )


def _identity(body: Mapping[str, Any], project: str) -> str:
    return body.get("serviceAccount") or f"{project}@appspot.gserviceaccount.com"


def _readable(now: Transaction, project: str, email: str, bucket: str, path: str) -> None:
    """Refuse where the identity may not read the source; the default one may not either, since 2024."""
    member = f"serviceAccount:{email}"
    if policies.account_missing(now, member):
        raise ApiError(400, f"Service account {email} does not exist.")
    existing = now.get("bucket", bucket)
    owner = existing.project if existing else project
    here = {role for role, condition in now.granted(f"b/{bucket}", member) if not condition}
    above = {role for role, condition in now.granted(f"projects/{owner}", member) if not condition}
    if not READERS & (here | above):
        raise ApiError(
            403,
            f"{email} does not have storage.objects.get access to the Google Cloud Storage object. Permission "
            f"'storage.objects.get' denied on resource (or it may not exist): {bucket}/{path}",
        )


def _operation(project: str) -> str:
    return f"apps/{project}/operations/{operations.unique()}"


def _metadata(method: str, target: str) -> Json:
    return {"@type": f"{TYPE}OperationMetadataV1", "method": f"google.appengine.v1.Versions.{method}", "target": target}


def _done(now: Transaction, project: str, response: Json) -> Json:
    return operations.done(now, _operation(project), project, response)


FULL = frozenset({"deployment", "entrypoint", "envVariables", "handlers", "errorHandlers", "libraries", "apiConfig"})
"""What ``view=BASIC`` leaves out."""
_A = "v1/apps/{app}"
_S, _V = f"{_A}/services/{{service}}", f"{_A}/services/{{service}}/versions"
_ID = "appengine.apps."
API = Api(
    name="appengine",
    routes=(
        Route("POST", "v1/apps", create_application, f"{_ID}create"),
        Route("GET", _A, get_application, f"{_ID}get"),
        Route("PATCH", _A, patch_application, f"{_ID}patch"),
        Route("GET", f"{_A}/services", list_services, f"{_ID}services.list"),
        Route("GET", _S, get_service, f"{_ID}services.get"),
        Route("PATCH", _S, patch_service, f"{_ID}services.patch"),
        Route("DELETE", _S, delete_service, f"{_ID}services.delete"),
        *standard(
            _V,
            "version",
            f"{_ID}services.versions.",
            create=create_version,
            list=list_versions,
            get=get_version,
            patch=patch_version,
            delete=delete_version,
        ),
        Route("GET", f"{_V}/{{version}}/instances", list_instances, f"{_ID}services.versions.instances.list"),
        *domain_mappings.OF_APPLICATIONS,
        Route("GET", f"{_A}/locations", locations, f"{_ID}locations.list"),
        Route("GET", f"{_A}/locations/{{location}}", location, f"{_ID}locations.get"),
        Route("GET", f"{_A}/operations", operations.list_by("apps/{app}/operations/"), f"{_ID}operations.list"),
        Route(
            "GET", f"{_A}/operations/{{id}}", operations.get_by("apps/{app}/operations/{id}"), f"{_ID}operations.get"
        ),
    ),
)
