"""Cloud Run's services, as the provider makes them by Google's REST."""

from collections.abc import Mapping
from typing import Any

from slipway.providers.google.rest import OperationError, RestError
from slipway.sandbox.gcp import cloud_run_checks, labels
from slipway.sandbox.gcp.cloud import Google, placed, refused
from slipway.sandbox.handler import Calls, CloudError, Handler, Props

CREATING, UPDATING = "Error creating Service", "Error updating Service"
FIELDS = (
    *("annotations", "binaryAuthorization", "client", "clientVersion", "customAudiences", "defaultUriDisabled"),
    *("description", "ingress", "invokerIamDisabled", "launchStage", "scaling"),
)
"""Inputs that the API calls the same."""
RENAMED = {"envs": "env", "commands": "command"}
"""Of a container: the provider's name -> the API's."""


def create(cloud: Google, new: Props) -> tuple[str, Props]:
    """Make the service with its first revision; nothing is left of one that does not start."""
    place = f"projects/{cloud.project_of(new)}/locations/{new['location']}/services"
    live = _acted(cloud, CREATING, "create", "POST", place, _body(cloud, new), serviceId=new["name"])
    return live["name"], _outputs(new, live)


def read(cloud: Google, id: str) -> Props | None:
    """By id: ``projects/PROJECT/locations/LOCATION/services/SERVICE``."""
    live = cloud.live("run", f"v2/{id}")
    if live is None:
        return None
    _, _, _, location, _, name = id.split("/")
    own = {"location": location, "name": name, **labels.own(cloud, live.get("labels"))}
    return {**_inputs(live), **own, **_outputs({}, live)}


def update(cloud: Google, id: str, _old: Props, new: Props) -> Props:
    """A changed template is a new revision; the old one serves until the new one listens."""
    return _outputs(new, _acted(cloud, UPDATING, "update", "PATCH", id, _body(cloud, new)))


def delete(cloud: Google, id: str, old: Props) -> None:
    """Take it away with its revisions, unless it is protected."""
    if old.get("deletionProtection", True):
        raise CloudError(
            "cannot destroy service without setting deletion_protection=false and running `terraform apply`"
        )
    if cloud.live("run", f"v2/{id}") is not None:
        _acted(cloud, "Error deleting Service", "delete", "DELETE", id)


def _acted(
    cloud: Google, doing: str, verb: str, method: str, path: str, body: Props | None = None, **query: str
) -> Props:
    try:
        return cloud.rest.act("run", "v2", method, path, body, **query)
    except RestError as error:
        with refused(cloud, doing):
            raise error
    except OperationError as error:
        raise CloudError(f"Error waiting to {verb} Service: {error}") from error


def _body(cloud: Google, new: Props) -> Props:
    body: dict[str, Any] = {key: new[key] for key in FIELDS if new.get(key) is not None}
    body["template"] = template_body(new["template"])
    if tagged := labels.effective(cloud, new):
        body["labels"] = tagged
    if new.get("traffics"):
        body["traffic"] = new["traffics"]
    return body


def template_body(template: Mapping[str, Any]) -> Props:
    """A template with containers in it, as the API has it."""
    return {**template, "containers": [_container(one) for one in template.get("containers") or ()]}


def _container(container: Mapping[str, Any]) -> Props:
    sent = {RENAMED.get(key, key): value for key, value in container.items()}
    if isinstance(sent.get("ports"), Mapping):
        sent["ports"] = [sent["ports"]]
    return sent


def _inputs(live: Props) -> Props:
    outputs = {key: live[key] for key in FIELDS if key in live}
    return {**outputs, "template": template_inputs(live["template"]), "traffics": live["traffic"]}


def template_inputs(template: Mapping[str, Any]) -> Props:
    """The reverse of :func:`template_body`."""
    provider = {theirs: own for own, theirs in RENAMED.items()}
    containers = []
    for one in template.get("containers") or ():
        container = {provider.get(key, key): value for key, value in one.items()}
        if container.get("ports"):
            container["ports"] = container["ports"][0]
        containers.append(container)
    return {**template, "containers": containers}


def _outputs(new: Props, live: Props) -> Props:
    filled_in = {key: live[key] for key in ("ingress", "launchStage") if key in live and key not in new}
    return {
        **filled_in,
        "project": live["name"].split("/")[1],
        "terminalConditions": [live["terminalCondition"]],
        "reconciling": False,
        "deleteTime": "",
        "expireTime": "",
        "effectiveAnnotations": live.get("annotations") or {},
        **{key: live[key] for key in SHOWN},
    }


SHOWN = (
    *("conditions", "createTime", "creator", "etag", "generation", "lastModifier", "latestCreatedRevision"),
    *("latestReadyRevision", "observedGeneration", "trafficStatuses", "uid", "updateTime", "uri", "urls"),
)
"""Outputs that the API calls the same."""
HANDLERS = {
    "gcp:cloudrunv2/service:Service": Handler(
        check=cloud_run_checks.check,
        calls=Calls(create=create, read=read, update=update, delete=delete),
        defaults=lambda new: {"deletionProtection": True, **new},
        auto_name="name",
        settled=frozenset({"ingress", "launchStage", "traffics"}),
        identify=placed("projects/{project}/locations/{location}/services/{name}"),
        computed=frozenset(
            {
                *("uri", "urls", "uid", "generation", "observedGeneration", "latestCreatedRevision"),
                *("latestReadyRevision", "createTime", "updateTime", "reconciling", "trafficStatuses"),
                *("terminalConditions", "effectiveLabels", "pulumiLabels"),
                *("conditions", "creator", "lastModifier", "deleteTime", "expireTime", "etag", "effectiveAnnotations"),
            }
        ),
        volatile=frozenset(
            {
                *("generation", "observedGeneration", "latestCreatedRevision", "latestReadyRevision", "updateTime"),
                *("trafficStatuses", "terminalConditions", "effectiveLabels", "pulumiLabels"),
                *("conditions", "lastModifier", "etag", "effectiveAnnotations"),
            }
        ),
    ),
}
