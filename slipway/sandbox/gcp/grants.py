"""Who may do what: one role, one member, one project."""

import re

from slipway.sandbox.gcp import members
from slipway.sandbox.gcp.cloud import Google, refused
from slipway.sandbox.handler import Calls, Handler, Props

MANAGER = "cloudresourcemanager"
MEMBER = re.compile(r"allUsers|allAuthenticatedUsers|(user|serviceAccount|group|domain|principal|principalSet):.+")
ROLE = re.compile(r"(roles|projects/[^/]+/roles|organizations/[^/]+/roles)/[A-Za-z0-9_.]+")


def check(new: Props) -> dict[str, str]:
    """A member has a kind, a role a full name."""
    wrong = {}
    if not MEMBER.fullmatch(new.get("member", "allUsers")):
        wrong["member"] = (
            f"must be one of allUsers, user:…, serviceAccount:…, group:…, domain:…, principal:…; got {new['member']!r}"
        )
    if not ROLE.fullmatch(new.get("role", "roles/viewer")):
        wrong["role"] = f"must look like roles/storage.objectViewer, got {new['role']!r}"
    return wrong


def create_for_project(cloud: Google, new: Props) -> tuple[str, Props]:
    """Give a role on a project."""
    project = cloud.project_of(new)
    with refused(cloud, f"Error applying IAM policy for project {project}"):
        policy = members.give(cloud, MANAGER, f"v1/projects/{project}", new)
    return f"{project}/{new['role']}/{new['member']}", {"project": project, "etag": policy["etag"]}


def read_for_project(cloud: Google, id: str) -> Props | None:
    """By id: ``PROJECT/ROLE/MEMBER``; the role has a slash in it."""
    scope, role, member = parts(f"projects/{id}")
    given = members.given(cloud, MANAGER, f"v1/{scope}", role, member)
    return {"project": scope.removeprefix("projects/"), **given} if given else None


def delete_for_project(cloud: Google, id: str, old: Props) -> None:
    """Take it."""
    scope, role, member = parts(f"projects/{id}")
    with refused(cloud, f"Error applying IAM policy for {scope}"):
        members.take(cloud, MANAGER, f"v1/{scope}", role, member, old.get("condition") or {})


def parts(id: str) -> tuple[str, str, str]:
    """Scope, role and member of a grant's id."""
    kind, name, rest = id.split("/", 2)
    role_end = rest.index("/", rest.index("roles/") + len("roles/"))
    return f"{kind}/{name}", rest[:role_end], rest[role_end + 1 :]


HANDLERS = {
    "gcp:projects/iAMMember:IAMMember": Handler(
        check=check,
        calls=Calls(create=create_for_project, read=read_for_project, delete=delete_for_project),
        computed=frozenset({"etag"}),
    ),
}
