"""App Engine: an application a project, and its services' versions, as the provider makes them by Google's REST."""

import re
from typing import Any

from slipway.providers.google.rest import OperationError, RestError
from slipway.sandbox.gcp import refusals
from slipway.sandbox.gcp.cloud import Google, placed, refused
from slipway.sandbox.handler import Calls, CloudError, Handler, Props

CREATING = "Error creating App Engine application"
DOING = "Error creating StandardAppVersion"
EDITING = "Error when reading or editing"
RUNTIME = re.compile(r"python3\d{1,2}")
VERSION_ID = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")


def create_application(cloud: Google, new: Props) -> tuple[str, Props]:
    """Once a project, in one region, for good."""
    project = cloud.project_of(new)
    body = {"id": project, **{key: new[key] for key in APPLICATION_FIELDS if key in new}}
    with refused(cloud, CREATING):
        live = cloud.rest.act("appengine", "v1", "POST", "apps", body)
    return project, _application_outputs(live)


def read_application(cloud: Google, id: str) -> Props | None:
    """By id: the project's."""
    live = cloud.live("appengine", f"v1/apps/{id}")
    if live is None:
        return None
    return {**{key: live[key] for key in APPLICATION_FIELDS if key in live}, **_application_outputs(live)}


def update_application(cloud: Google, id: str, _old: Props, new: Props) -> Props:
    """Settings change; the region and the project do not, and nothing replaces an application."""
    changes = {key: new[key] for key in APPLICATION_FIELDS if key in new and key != "locationId"}
    with refused(cloud, "Error updating App Engine application"):
        live = cloud.rest.act("appengine", "v1", "PATCH", f"apps/{id}", changes, updateMask=",".join(changes))
    return _application_outputs(live)


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


def _application_outputs(live: Props) -> Props:
    return {
        "project": live["id"],
        "appId": live["id"],
        "urlDispatchRules": [],
        **{key: live[key] for key in ("name", "defaultHostname", "defaultBucket", "codeBucket", "gcrDomain")},
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
    """Deploy it, and wait until it serves; the service's first version gets the traffic."""
    project, service, id = cloud.project_of(new), new["service"], new.get("versionId")
    if not id:
        raise CloudError(f"{DOING}: versionId is required here: say which version this is, as a digest of its code")
    return f"apps/{project}/services/{service}/versions/{id}", _deploy(cloud, project, service, id, new)


def read_version(cloud: Google, id: str) -> Props | None:
    """By id: ``apps/PROJECT/services/SERVICE/versions/ID``."""
    live = cloud.live("appengine", f"v1/{id}", view="FULL")
    if live is None:
        return None
    _, project, _, service, _, version = id.split("/")
    inputs = {key: value for key, value in live.items() if key in VERSION_FIELDS}
    if network := live.get("vpcAccess"):
        inputs["vpcAccess"] = _renamed(network, "vpcEgress", "egressSetting")
    return {**inputs, "service": service, "versionId": version, **_version_outputs(project, live)}


def update_version(cloud: Google, id: str, _old: Props, new: Props) -> Props:
    """A version that is deployed again under its name: its new code and settings run in place of the old."""
    _, project, _, service, _, version = id.split("/")
    return _deploy(cloud, project, service, version, new)


def delete_version(cloud: Google, id: str, old: Props) -> None:
    """Never one with traffic, never a service's last; ``deleteServiceOnDestroy`` takes the service instead."""
    if old.get("noopOnDestroy") or read_version(cloud, id) is None:
        return
    service = id.rsplit("/versions/", 1)[0]
    what, path = ("Service", service) if old.get("deleteServiceOnDestroy") else ("StandardAppVersion", id)
    with refused(cloud, f"{EDITING} {what}"):
        cloud.rest.act("appengine", "v1", "DELETE", path)


def _deploy(cloud: Google, project: str, service: str, id: str, new: Props) -> Props:
    body: dict[str, Any] = {"id": id, **{key: new[key] for key in VERSION_FIELDS if new.get(key) is not None}}
    if network := new.get("vpcAccess"):
        body["vpcAccess"] = _renamed(network, "egressSetting", "vpcEgress")
    try:
        live = cloud.rest.act("appengine", "v1", "POST", f"apps/{project}/services/{service}/versions", body)
    except RestError as error:
        with refused(cloud, DOING):
            raise error
    except OperationError as error:
        waiting = "Error waiting to create StandardAppVersion: Error waiting for Creating StandardAppVersion"
        raise CloudError(f"{waiting}: {error}") from error
    return _version_outputs(project, live)


def _renamed(network: Props, old: str, new: str) -> Props:
    """The provider calls one field otherwise than App Engine does."""
    return {new if key == old else key: value for key, value in network.items()}


def _version_outputs(project: str, live: Props) -> Props:
    return {"project": project, "name": live["name"], "serviceAccount": live["serviceAccount"]}


APPLICATION_FIELDS = ("authDomain", "databaseType", "featureSettings", "iap", "locationId", "servingStatus")
VERSION_FIELDS = frozenset(
    {
        *("appEngineApis", "automaticScaling", "basicScaling", "deployment", "entrypoint", "envVariables", "handlers"),
        *("inboundServices", "instanceClass", "libraries", "manualScaling", "runtime", "runtimeApiVersion"),
        *("serviceAccount", "threadsafe", "vpcAccess", "vpcAccessConnector"),
    }
)
APPLICATION_OUTPUTS = frozenset(
    {"appId", "name", "defaultHostname", "defaultBucket", "codeBucket", "gcrDomain", "urlDispatchRules"}
)
HANDLERS = {
    "gcp:appengine/application:Application": Handler(
        check=check_application,
        calls=Calls(
            create=create_application, read=read_application, update=update_application, delete=delete_application
        ),
        defaults=lambda new: {"servingStatus": "SERVING", "databaseType": "CLOUD_FIRESTORE", **new},
        identify=placed("{project}"),
        refuse_change=stays,
        settled=frozenset({"featureSettings"}),
        computed=APPLICATION_OUTPUTS,
    ),
    "gcp:appengine/standardAppVersion:StandardAppVersion": Handler(
        check=check_version,
        calls=Calls(create=create_version, read=read_version, update=update_version, delete=delete_version),
        defaults=lambda new: {
            "noopOnDestroy": False,
            "deleteServiceOnDestroy": False,
            "threadsafe": True,
            "service": "default",
            **new,
        },
        identify=placed("apps/{project}/services/{service}/versions/{versionId}"),
        overwrites=True,
        computed=frozenset({"name"}),
    ),
}
