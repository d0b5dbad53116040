"""Who may do what: one role, one member, one project."""

import re
from functools import partial

from slipway.sandbox.gcp import refusals
from slipway.sandbox.gcp.accounts import member_exists
from slipway.sandbox.gcp.cloud import Google, active
from slipway.sandbox.handler import Handler, Props
from slipway.sandbox.stores.google import Transaction

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
    doing = f"Error applying IAM policy for project {project}"
    with cloud.store.transaction() as now:
        active(now, project, doing)
        id, outputs = _give(now, f"projects/{project}", new, doing)
    return id.removeprefix("projects/"), outputs


def _give(now: Transaction, scope: str, new: Props, doing: str) -> tuple[str, Props]:
    if missing := member_exists(now, new["member"]):
        raise refusals.account_missing(missing, doing)
    now.grant(scope, new["role"], new["member"], new.get("condition", {}))
    return f"{scope}/{new['role']}/{new['member']}", {"etag": "BwY="}


def _read(cloud: Google, id: str, *, prefix: str, of: str) -> Props | None:
    """Look by id: ``SCOPE/ROLE/MEMBER``; the role has a slash in it."""
    scope, role, member = parts(prefix + id)
    with cloud.store.transaction() as now:
        record = [condition for granted, condition in now.granted(scope, member) if granted == role]
    if not record:
        return None
    place = scope.split("/", 1)[1]
    declared = {of: place, "role": role, "member": member, "etag": "BwY="}
    return {**declared, "condition": record[0]} if record[0] else declared


def _delete(cloud: Google, id: str, old: Props, *, prefix: str) -> None:
    scope, role, member = parts(prefix + id)
    with cloud.store.transaction() as now:
        now.revoke(scope, role, member, old.get("condition", {}))


def parts(id: str) -> tuple[str, str, str]:
    """Scope, role and member of a grant's id."""
    kind, name, rest = id.split("/", 2)
    role_end = rest.index("/", rest.index("roles/") + len("roles/"))
    return f"{kind}/{name}", rest[:role_end], rest[role_end + 1 :]


HANDLERS = {
    "gcp:projects/iAMMember:IAMMember": Handler(
        check=check,
        create=create_for_project,
        read=partial(_read, prefix="projects/", of="project"),
        delete=partial(_delete, prefix="projects/"),
        computed=frozenset({"etag"}),
    ),
}
