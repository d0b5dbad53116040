"""Projects, who pays for them, and their APIs: as the provider makes them by Google's REST."""

import re
from typing import Any

from slipway.providers.google.rest import RestError
from slipway.sandbox.gcp import labels, refusals
from slipway.sandbox.gcp.cloud import Google, refused
from slipway.sandbox.handler import Calls, CloudError, Handler, Props

PROJECT_ID = re.compile(r"[a-z][a-z0-9-]{4,28}[a-z0-9]")
BILLING_ACCOUNT = re.compile(r"[0-9A-F]{6}-[0-9A-F]{6}-[0-9A-F]{6}")
COMPUTE = "compute.googleapis.com"
MANAGER, BILLING, USAGE = "cloudresourcemanager", "cloudbilling", "serviceusage"
EDITING = "Error when reading or editing Project Service"


def check_project(new: Props) -> dict[str, str]:
    """The rules of https://cloud.google.com/resource-manager/docs/creating-managing-projects."""
    wrong = {}
    id = new.get("projectId")
    if id is not None and not PROJECT_ID.fullmatch(id):
        wrong["projectId"] = (
            f'"project_id" ("{id}") must be 6 to 30 characters with lowercase letters, digits, hyphens and start '
            "with a letter. Trailing hyphens are prohibited."
        )
    if new.get("orgId") and new.get("folderId"):
        wrong["orgId"] = '"folder_id": conflicts with org_id'
    if new.get("deletionPolicy") not in ("PREVENT", "ABANDON", "DELETE"):
        wrong["deletionPolicy"] = (
            f"expected deletion_policy to be one of [PREVENT ABANDON DELETE], got {new.get('deletionPolicy')}"
        )
    return wrong | _billing(new)


def create_project(cloud: Google, new: Props) -> tuple[str, Props]:
    """Take the id, for good; have it paid; without the default network if that is asked for.

    Compute Engine makes that network when it is enabled, so the provider enables it and deletes the network, all within
    the project's own creation: it needs billing by then, or the project is left there half made
    (https://registry.terraform.io/providers/hashicorp/google/latest/docs/resources/google_project#auto_create_network).
    """
    id = new["projectId"]
    try:
        made = cloud.rest.act(MANAGER, "v1", "POST", "projects", {"projectId": id, **_project_body(cloud, new)})
    except RestError as error:
        raise refusals.project_taken(id, new.get("name", id), error) from error
    outputs = {"number": made["projectNumber"]}
    try:
        if new.get("billingAccount"):
            _pay(cloud, id, new["billingAccount"], f"error setting billing account for project {id}")
        if not new.get("autoCreateNetwork", True):
            _without_network(cloud, id)
    except CloudError as error:
        raise CloudError(str(error), id=f"projects/{id}", properties=outputs) from error
    return f"projects/{id}", outputs


def _without_network(cloud: Google, id: str) -> None:
    needs = "Error enabling the Compute Engine API required to delete the default network"
    with refused(cloud, f"{needs}: failed to send enable services request"):
        cloud.rest.act(USAGE, "v1", "POST", f"projects/{id}/services/{COMPUTE}:enable", {})
    with refused(cloud, "Error deleting default network in project"):
        try:
            cloud.rest.ask("compute", "DELETE", f"compute/v1/projects/{id}/global/networks/default")
        except RestError as error:
            if error.code != 404 and not error.disabled:
                raise


def read_project(cloud: Google, id: str) -> Props | None:
    """As it is there, with the provider's own settings as they are by default."""
    live = refresh_project(cloud, id, {})
    return {**_project_defaults({}), **live} if live else None


def refresh_project(cloud: Google, id: str, _state: Props) -> Props | None:
    """A project that is being deleted counts as gone."""
    name = id.removeprefix("projects/")
    body = cloud.rest.get(MANAGER, f"v1/projects/{name}")
    if body is None or body["lifecycleState"] != "ACTIVE":
        return None
    billing = cloud.rest.get(BILLING, f"v1/projects/{name}/billingInfo") or {}
    account = (billing.get("billingAccountName") or "").removeprefix("billingAccounts/")
    parent = body.get("parent") or {}
    return {
        "projectId": name,
        "name": body["name"],
        "number": body["projectNumber"],
        **({"billingAccount": account} if account else {}),
        **({PARENTS[parent["type"]]: parent["id"]} if parent else {}),
        **labels.own(cloud, body.get("labels")),
    }


def update_project(cloud: Google, id: str, old: Props, new: Props) -> Props:
    """Name, labels, parent, billing account and deletion policy change in place."""
    name = id.removeprefix("projects/")
    with refused(cloud, "Error updating project"):
        body = cloud.rest.ask(MANAGER, "PUT", f"v1/projects/{name}", _project_body(cloud, new))
    if new.get("billingAccount", old.get("billingAccount")) != old.get("billingAccount"):
        _pay(cloud, name, new["billingAccount"], "Error updating project")
    return {"number": body["projectNumber"]}


def delete_project(cloud: Google, id: str, old: Props) -> None:
    """Shut the project down with all that is in it; the id lingers."""
    name = id.removeprefix("projects/")
    policy = old.get("deletionPolicy", "PREVENT")
    if policy == "PREVENT":
        raise CloudError("Cannot destroy project as deletion_policy is set to PREVENT.")
    if policy == "ABANDON":
        return
    with refused(cloud, f"Error when reading or editing Project {name!r}"):
        _delete(cloud, f"v1/projects/{name}")


def _delete(cloud: Google, path: str) -> None:
    try:
        cloud.rest.ask(MANAGER, "DELETE", path)
    except RestError as error:
        if error.code not in (403, 404):
            raise


def _project_body(cloud: Google, new: Props) -> Props:
    parent = next(({"type": kind, "id": new[key]} for kind, key in PARENTS.items() if new.get(key)), None)
    tagged = labels.effective(cloud, new)
    return {
        "name": new.get("name", ""),
        **({"labels": tagged} if tagged else {}),
        **({"parent": parent} if parent else {}),
    }


PARENTS = {"organization": "orgId", "folder": "folderId"}
"""What a project can be in -> the input that names it."""


def _project_defaults(new: Props) -> Props:
    named = {"name": new["projectId"]} if "projectId" in new else {}
    return {"autoCreateNetwork": True, "deletionPolicy": "PREVENT", **named, **new}


def _billing(new: Props) -> dict[str, str]:
    account = new.get("billingAccount")
    if not account or BILLING_ACCOUNT.fullmatch(account):
        return {}
    return {"billingAccount": f"must look like ABCDEF-012345-6789AB (hexadecimal), got {account!r}"}


def create_link(cloud: Google, new: Props) -> tuple[str, Props]:
    """Have the project paid."""
    project = cloud.project_of(new)
    _pay(cloud, project, new["billingAccount"])
    return f"projects/{project}", {"project": project}


def read_link(cloud: Google, id: str) -> Props | None:
    """Who pays now."""
    project = id.removeprefix("projects/")
    info = cloud.rest.get(BILLING, f"v1/projects/{project}/billingInfo")
    if info is None or not info.get("billingAccountName"):
        return None
    return {"project": project, "billingAccount": info["billingAccountName"].removeprefix("billingAccounts/")}


def update_link(cloud: Google, id: str, _old: Props, new: Props) -> Props:
    """Have somebody else pay."""
    _pay(cloud, id.removeprefix("projects/"), new["billingAccount"])
    return {}


def delete_link(cloud: Google, id: str, _old: Props) -> None:
    """Remove the billing link; a project that is deleted has none."""
    if read_link(cloud, id) is not None:
        _pay(cloud, id.removeprefix("projects/"), "")


def _pay(cloud: Google, project: str, account: str, doing: str = "Error updating ProjectInfo") -> None:
    body: dict[str, Any] = {"billingAccountName": f"billingAccounts/{account}" if account else ""}
    with refused(cloud, doing):
        cloud.rest.ask(BILLING, "PUT", f"v1/projects/{project}/billingInfo", body)


def check_service(new: Props) -> dict[str, str]:
    """An API has a full name."""
    api = new.get("service")
    if api is None or re.fullmatch(r"[a-z0-9-]+(\.[a-z0-9-]+)+", api):
        return {}
    return {"service": f"must be an API's full name, as storage.googleapis.com, got {api!r}"}


def create_service(cloud: Google, new: Props) -> tuple[str, Props]:
    """Switch an API on."""
    project, api = cloud.project_of(new), new["service"]
    try:
        cloud.rest.act(USAGE, "v1", "POST", f"projects/{project}/services/{api}:enable", {})
    except RestError as error:
        if error.code != 400:
            raise CloudError(f"{EDITING}: {error}") from error
        number = cloud.rest.ask(MANAGER, "GET", f"v1/projects/{project}")["projectNumber"]
        raise CloudError(
            f"{EDITING} : Request `Enable Project Service {api} for project {number}` returned error: failed to send "
            f"enable services request: {error}"
        ) from error
    return f"{project}/{api}", {"project": project}


def read_service(cloud: Google, id: str) -> Props | None:
    """Whether it is on."""
    project, _, api = id.partition("/")
    service = cloud.rest.get(USAGE, f"v1/projects/{project}/services/{api}")
    return {"project": project, "service": api} if service and service["state"] == "ENABLED" else None


def update_service(_cloud: Google, _id: str, _old: Props, _new: Props) -> Props:
    """What can change is about the end only."""
    return {}


def delete_service(cloud: Google, id: str, old: Props) -> None:
    """Switch it off where that was asked for (pulumi-gcp's default; our components never ask)."""
    project, _, api = id.partition("/")
    if old.get("disableOnDestroy", False) and read_service(cloud, id) is not None:
        with refused(cloud, EDITING):
            cloud.rest.act(USAGE, "v1", "POST", f"projects/{project}/services/{api}:disable", {})


HANDLERS = {
    "gcp:organizations/project:Project": Handler(
        check=check_project,
        calls=Calls(create=create_project, read=read_project, update=update_project, delete=delete_project),
        refresh=refresh_project,
        defaults=_project_defaults,
        auto_name="projectId",
        identify=lambda _cloud, new: f"projects/{new['projectId']}",
        computed=frozenset({"number", "effectiveLabels", "pulumiLabels"}),
        volatile=frozenset({"effectiveLabels", "pulumiLabels"}),
    ),
    "gcp:billing/projectInfo:ProjectInfo": Handler(
        check=_billing,
        calls=Calls(create=create_link, read=read_link, update=update_link, delete=delete_link),
    ),
    "gcp:projects/service:Service": Handler(
        check=check_service,
        calls=Calls(create=create_service, read=read_service, update=update_service, delete=delete_service),
        defaults=lambda new: {"disableOnDestroy": True, **new},
    ),
}
