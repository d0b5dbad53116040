"""App Engine: an application a project, and its services' versions."""

import re
from datetime import UTC, datetime, timedelta
from urllib.parse import unquote, urlsplit

from slipway.sandbox.appengine import routes, versions
from slipway.sandbox.gcp import refusals
from slipway.sandbox.gcp.cloud import Google, placed, usable
from slipway.sandbox.handler import CloudError, Handler, Props
from slipway.sandbox.stores.google import Record, Transaction

API = "appengine.googleapis.com"
DOING = "Error creating StandardAppVersion"
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
VERSION_ID = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")


def create_application(cloud: Google, new: Props) -> tuple[str, Props]:
    """Once a project, in one region, for good."""
    project, doing = cloud.project_of(new), "Error creating App Engine application"
    with cloud.store.transaction() as now:
        usable(cloud, now, project, API, doing)
        if now.taken("application", project):
            raise refusals.application_exists()
        now.put("application", Record(project, project, {**new, "project": project}))
    return project, _application_outputs(cloud, project, new)


def read_application(cloud: Google, id: str) -> Props | None:
    """By id: the project's."""
    existing = cloud.store.get("application", id)
    return {**existing.body, **_application_outputs(cloud, id, existing.body)} if existing else None


def update_application(cloud: Google, id: str, _old: Props, new: Props) -> Props:
    """Settings change; the region and the project do not, and nothing replaces an application."""
    with cloud.store.transaction() as now:
        now.put("application", Record(id, id, {**new, "project": id}))
    return _application_outputs(cloud, id, new)


def stays(_cloud: Google, old: Props, new: Props, _state: Props) -> str:
    """The provider's refusal of another region, which it says in the preview already."""
    before, after = old.get("locationId"), new.get("locationId")
    if before in (None, after) or not isinstance(after, str):
        return ""
    return str(refusals.application_stays(before, after))


def delete_application(_cloud: Google, _id: str, _old: Props) -> None:
    """App Engine deletes none; the provider only forgets it, and so does this."""


def check_application(new: Props) -> dict[str, str]:
    """A location has the form of one."""
    location = new.get("locationId", "us-central")
    return {} if re.fullmatch(r"[a-z]+-[a-z]+\d?", location) else {"locationId": f"is no region: {location!r}"}


def _application_outputs(cloud: Google, project: str, body: Props) -> Props:
    port = urlsplit(cloud.front).port or 0
    return {
        "project": project,
        "appId": project,
        "name": f"apps/{project}",
        "defaultHostname": routes.hostname(project, body["locationId"], port),
        "defaultBucket": f"{project}.appspot.com",
        "codeBucket": f"staging.{project}.appspot.com",
        "gcrDomain": "gcr.io",
        "urlDispatchRules": [],
    }


def check_version(new: Props) -> dict[str, str]:
    """The rules of https://cloud.google.com/appengine/docs/admin-api/reference/rest/v1/apps.services.versions."""
    wrong = {}
    id = new.get("versionId")
    if id is not None and (not VERSION_ID.fullmatch(id) or id in ("default", "latest") or id.startswith("ah-")):
        wrong["versionId"] = (
            f"must be lowercase letters, digits and hyphens, not `default`, `latest` or `ah-…`; got {id!r}"
        )
    if not RUNTIME.fullmatch(new.get("runtime", "python313")):
        wrong["runtime"] = f"the sandbox runs Python apps (python39 and later), got {new['runtime']!r}"
    if "files" in (new.get("deployment") or {}):
        wrong["deployment.files"] = "the sandbox takes a zip: give `deployment.zip.sourceUrl`"
    return wrong


def create_version(cloud: Google, new: Props) -> tuple[str, Props]:
    """Fetch the source as the version's own identity, start it; the service's first version gets the traffic."""
    project, service, id = cloud.project_of(new), new["service"], new.get("versionId")
    if not id:
        raise CloudError(f"{DOING}: versionId is required here: say which version this is, as a digest of its code")
    name = f"{project}/{service}/{id}"
    with cloud.store.transaction() as now:
        owner = usable(cloud, now, project, API, DOING)
        if now.get("application", project) is None:
            raise refusals.application_missing(project, DOING)
        if not owner.billing:
            raise refusals.unpaid_application(project)
        _room(now, project, service, name)
        bucket, path = _source(new)
        _readable(now, project, _identity(new, project), bucket, path)
    _run(cloud, project, name, bucket, path, new)
    with cloud.store.transaction() as now:
        created = _stamp(now, project, service)
        now.put("version", Record(name, project, {**new, "project": project, "created": created}))
        if now.get("split", f"{project}/{service}") is None:
            split = {"allocations": {id: "1"}, "shardBy": "IP"}
            now.put("split", Record(f"{project}/{service}", project, split))
    return f"apps/{project}/services/{service}/versions/{id}", _version_outputs(project, name, new)


def read_version(cloud: Google, id: str) -> Props | None:
    """By id: ``apps/PROJECT/services/SERVICE/versions/ID``."""
    name = _name(id)
    existing = cloud.store.get("version", name)
    if existing is None:
        return None
    allowed = {key: value for key, value in existing.body.items() if key != "created"}
    return {**allowed, **_version_outputs(existing.project, name, existing.body)}


def update_version(cloud: Google, id: str, _old: Props, new: Props) -> Props:
    """A version that is deployed again under its name: its new code and settings run in place of the old."""
    name = _name(id)
    existing = cloud.store.get("version", name)
    if existing is None:
        raise refusals.google(404, f"Version {name} not found", "notFound", doing=f"Error updating {id}")
    if any(existing.body.get(key) != new.get(key) for key in ("deployment", "entrypoint", "envVariables", "runtime")):
        bucket, path = _source(new)
        with cloud.store.transaction() as now:
            _readable(now, existing.project, _identity(new, existing.project), bucket, path)
        _run(cloud, existing.project, name, bucket, path, new)
    with cloud.store.transaction() as now:
        body = {**new, "project": existing.project, "created": existing.body["created"]}
        now.put("version", Record(name, existing.project, body))
    return _version_outputs(existing.project, name, new)


def delete_version(cloud: Google, id: str, old: Props) -> None:
    """Never one with traffic, never a service's last; ``deleteServiceOnDestroy`` takes the service instead."""
    name = _name(id)
    project, service, version = name.split("/")
    existing = cloud.store.get("version", name)
    if existing is None or old.get("noopOnDestroy"):
        return
    siblings = [
        record.name for record in cloud.store.all("version", project) if in_service(record.name, project, service)
    ]
    if old.get("deleteServiceOnDestroy"):
        if service == "default":
            raise refusals.default_stays()
        removed = siblings
    else:
        split = cloud.store.get("split", f"{project}/{service}")
        if siblings == [name]:
            raise refusals.last_version()
        if split and float(split.body["allocations"].get(version, 0)) > 0:
            raise refusals.version_serves()
        removed = [name]
    for each in removed:
        versions.remove(cloud.state_folder, each)
    with cloud.store.transaction() as now:
        for each in removed:
            now.drop("version", each)
        if removed == siblings:
            now.drop("split", f"{project}/{service}")


def _run(cloud: Google, project: str, name: str, bucket: str, path: str, body: Props) -> None:
    from google.api_core.exceptions import NotFound

    try:
        source = cloud.storage.bucket(bucket).blob(path).download_as_bytes(retry=cloud.retry)
    except NotFound:
        raise refusals.google(
            404, f"The file https://storage.googleapis.com/{bucket}/{path} was not found", "notFound", doing=DOING
        ) from None
    try:
        versions.deploy(cloud.state_folder, name, source, body)
    except versions.FailedStartError as error:
        raise refusals.build_failed(project, str(error)) from error


def _stamp(now: Transaction, project: str, service: str) -> str:
    """Now, and later than every version there is: it tells their order, and a machine's clock may be set back."""
    there = [record for record in now.all("version", project) if in_service(record.name, project, service)]
    newest = max((datetime.fromisoformat(record.body["created"]) for record in there), default=None)
    stamp = datetime.now(UTC)
    if newest is not None:
        stamp = max(stamp, newest + timedelta(microseconds=1))
    return stamp.isoformat(timespec="microseconds")


def _room(now: Transaction, project: str, service: str, name: str) -> None:
    there = [record.name for record in now.all("version", project)]
    if service != "default" and not any(in_service(each, project, "default") for each in there):
        raise refusals.first_is_default(service)
    if len(there) >= LIMIT and name not in there:
        raise refusals.too_many_versions(LIMIT)


def _source(new: Props) -> tuple[str, str]:
    """The bucket and the object of the deployment's zip."""
    url = ((new.get("deployment") or {}).get("zip") or {}).get("sourceUrl", "")
    parts = urlsplit(url)
    bucket, _, path = parts.path.lstrip("/").partition("/")
    if parts.hostname == "storage.googleapis.com" and bucket and path:
        return bucket, unquote(path)
    raise CloudError(
        f"{DOING}: deployment.zip.sourceUrl must be https://storage.googleapis.com/BUCKET/OBJECT, got {url!r}"
    )


def _identity(new: Props, project: str) -> str:
    return new.get("serviceAccount") or f"{project}@appspot.gserviceaccount.com"


def _readable(now: Transaction, project: str, email: str, bucket: str, path: str) -> None:
    """Refuse where the identity may not read the source; the default one may not either, since 2024."""
    if email.endswith(".iam.gserviceaccount.com") and now.get("account", email) is None:
        raise refusals.account_missing(email, DOING)
    member = f"serviceAccount:{email}"
    existing = now.get("bucket", bucket)
    owner = existing.project if existing else project
    here = {role for role, condition in now.granted(f"b/{bucket}", member) if not condition}
    above = {role for role, condition in now.granted(f"projects/{owner}", member) if not condition}
    if not READERS & (here | above):
        raise refusals.unreadable(email, bucket, path)


def _version_outputs(project: str, name: str, body: Props) -> Props:
    return {
        "project": project,
        "name": f"apps/{'/services/'.join(name.split('/')[:2])}/versions/{name.split('/')[2]}",
        "serviceAccount": _identity(body, project),
    }


def _name(id: str) -> str:
    _, project, _, service, _, version = id.split("/")
    return f"{project}/{service}/{version}"


def in_service(name: str, project: str, service: str) -> bool:
    """Whether a version's name, ``PROJECT/SERVICE/ID``, is of that service."""
    return name.startswith(f"{project}/{service}/")


APPLICATION_OUTPUTS = frozenset(
    {"appId", "name", "defaultHostname", "defaultBucket", "codeBucket", "gcrDomain", "urlDispatchRules"}
)
HANDLERS = {
    "gcp:appengine/application:Application": Handler(
        check=check_application,
        create=create_application,
        read=read_application,
        update=update_application,
        delete=delete_application,
        defaults=lambda new: {"servingStatus": "SERVING", "databaseType": "CLOUD_FIRESTORE", **new},
        identify=placed("{project}"),
        refuse_change=stays,
        computed=APPLICATION_OUTPUTS,
    ),
    "gcp:appengine/standardAppVersion:StandardAppVersion": Handler(
        check=check_version,
        create=create_version,
        read=read_version,
        update=update_version,
        delete=delete_version,
        defaults=lambda new: {
            "noopOnDestroy": False, "deleteServiceOnDestroy": False, "threadsafe": True, "service": "default", **new
        },
        identify=placed("apps/{project}/services/{service}/versions/{versionId}"),
        overwrites=True,
        computed=frozenset({"name"}),
    ),
}  # fmt: skip
