"""Projects, who pays for them, and their APIs."""

import re
import secrets
from dataclasses import replace

from slipway.sandbox.appengine import versions
from slipway.sandbox.cloudrun import containers
from slipway.sandbox.dataflow import jobs
from slipway.sandbox.gcp import refusals
from slipway.sandbox.gcp.cloud import Google, active
from slipway.sandbox.handler import CloudError, Handler, Props
from slipway.sandbox.stores.google import Project

PROJECT_ID = re.compile(r"[a-z][a-z0-9-]{4,28}[a-z0-9]")
BILLING_ACCOUNT = re.compile(r"[0-9A-F]{6}-[0-9A-F]{6}-[0-9A-F]{6}")
COSTS = frozenset(
    {"artifactregistry", "cloudbuild", "compute", "containerscanning", "dataflow", "run", "secretmanager"}
)
"""APIs that need a paid project (https://cloud.google.com/service-usage/docs/enable-disable)."""


COMPUTE = "compute.googleapis.com"


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
    """Take the id, for good; without the default network if that is asked for.

    Compute Engine makes that network when it is enabled, so the provider enables it and deletes the network, all within
    the project's own creation: it needs billing by then, or the project is left there half made
    (https://registry.terraform.io/providers/hashicorp/google/latest/docs/resources/google_project#auto_create_network).
    """
    id = new["projectId"]
    with cloud.store.transaction() as now:
        if now.project(id):
            raise refusals.project_taken(id, new.get("name", id))
        number = str(100_000_000_000 + secrets.randbelow(900_000_000_000))
        now.put_project(Project(id, number, "ACTIVE", new.get("billingAccount", ""), new))
    _without_network(cloud, id, number, new)
    return f"projects/{id}", _project_outputs(new, number)


def _without_network(cloud: Google, id: str, number: str, new: Props) -> None:
    if new.get("autoCreateNetwork", True):
        return
    if not new.get("billingAccount"):
        refusal = refusals.unpaid_compute(number)
        raise CloudError(str(refusal), id=f"projects/{id}", properties=_project_outputs(new, number))
    with cloud.store.transaction() as now:
        now.enable(id, COMPUTE, cloud.now())


def read_project(cloud: Google, id: str) -> Props | None:
    """A project that is being deleted counts as gone."""
    existing = cloud.store.project(id.removeprefix("projects/"))
    return (
        {**existing.body, **_project_outputs(existing.body, existing.number)} if existing and existing.active else None
    )


def update_project(cloud: Google, id: str, _old: Props, new: Props) -> Props:
    """Name, labels, parent, billing account and deletion policy change in place."""
    with cloud.store.transaction() as now:
        existing = active(now, id.removeprefix("projects/"), "Error updating project")
        billing = new.get("billingAccount", existing.billing)
        now.put_project(replace(existing, body=new, billing=billing))
    return _project_outputs(new, existing.number)


def delete_project(cloud: Google, id: str, old: Props) -> None:
    """Shut the project down with all that is in it; the id lingers."""
    name = id.removeprefix("projects/")
    policy = old.get("deletionPolicy", "PREVENT")
    if policy == "PREVENT":
        raise CloudError("Cannot destroy project as deletion_policy is set to PREVENT.")
    if policy == "ABANDON":
        return
    versions.end_all(cloud.state_folder, name)
    containers.end_all(cloud.docker, cloud.state_folder, cloud.store, name)
    jobs.end_all(cloud.state_folder, name)
    with cloud.store.transaction() as now:
        existing = now.project(name)
        if existing and existing.active:
            now.put_project(replace(existing, state="DELETE_REQUESTED", billing=""))
            now.drop_all_of(name)


def _project_outputs(new: Props, number: str) -> Props:
    return {"number": number}


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
    existing = cloud.store.project(id.removeprefix("projects/"))
    if existing is None or not existing.active or not existing.billing:
        return None
    return {"project": existing.id, "billingAccount": existing.billing}


def update_link(cloud: Google, id: str, _old: Props, new: Props) -> Props:
    """Have somebody else pay."""
    _pay(cloud, id.removeprefix("projects/"), new["billingAccount"])
    return {}


def delete_link(cloud: Google, id: str, _old: Props) -> None:
    """Remove the billing link; a project that is deleted has none."""
    with cloud.store.transaction() as now:
        existing = now.project(id.removeprefix("projects/"))
        if existing and existing.active:
            now.put_project(replace(existing, billing=""))


def _pay(cloud: Google, project: str, account: str) -> None:
    with cloud.store.transaction() as now:
        existing = active(now, project, "Error updating ProjectInfo")
        now.put_project(replace(existing, billing=account))


def check_service(new: Props) -> dict[str, str]:
    """An API has a full name."""
    api = new.get("service")
    if api is None or re.fullmatch(r"[a-z0-9-]+(\.[a-z0-9-]+)+", api):
        return {}
    return {"service": f"must be an API's full name, as storage.googleapis.com, got {api!r}"}


def create_service(cloud: Google, new: Props) -> tuple[str, Props]:
    """Switch an API on."""
    project, api = cloud.project_of(new), new["service"]
    with cloud.store.transaction() as now:
        existing = active(now, project, "Error when reading or editing Project Service")
        if not existing.billing and api.removesuffix(".googleapis.com") in COSTS:
            raise refusals.unpaid_service(existing.number, api)
        now.enable(project, api, cloud.now())
    return f"{project}/{api}", {"project": project}


def read_service(cloud: Google, id: str) -> Props | None:
    """Whether it is on."""
    project, _, api = id.partition("/")
    with cloud.store.transaction() as now:
        return {"project": project, "service": api} if now.enabled(project, api) is not None else None


def update_service(_cloud: Google, _id: str, _old: Props, _new: Props) -> Props:
    """What can change is about the end only."""
    return {}


def delete_service(cloud: Google, id: str, old: Props) -> None:
    """Switch it off where that was asked for (pulumi-gcp's default; our components never ask)."""
    project, _, api = id.partition("/")
    if old.get("disableOnDestroy", False):
        with cloud.store.transaction() as now:
            now.disable(project, api)


HANDLERS = {
    "gcp:organizations/project:Project": Handler(
        check=check_project,
        create=create_project,
        read=read_project,
        update=update_project,
        delete=delete_project,
        defaults=_project_defaults,
        auto_name="projectId",
        identify=lambda _cloud, new: f"projects/{new['projectId']}",
        computed=frozenset({"number", "effectiveLabels", "pulumiLabels"}),
        volatile=frozenset({"effectiveLabels", "pulumiLabels"}),
    ),
    "gcp:billing/projectInfo:ProjectInfo": Handler(
        check=_billing,
        create=create_link,
        read=read_link,
        update=update_link,
        delete=delete_link,
    ),
    "gcp:projects/service:Service": Handler(
        check=check_service,
        create=create_service,
        read=read_service,
        update=update_service,
        delete=delete_service,
        defaults=lambda new: {"disableOnDestroy": True, **new},
    ),
}
