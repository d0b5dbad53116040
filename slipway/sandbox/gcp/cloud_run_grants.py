"""Who may do what with a Cloud Run service: one role, one member."""

from slipway.sandbox.cloudrun.names import Named
from slipway.sandbox.gcp import refusals
from slipway.sandbox.gcp.cloud import Google
from slipway.sandbox.gcp.grants import check
from slipway.sandbox.google.policies import account_missing
from slipway.sandbox.handler import Handler, Props


def _named(cloud: Google, new: Props) -> Named:
    service = str(new["name"]).rsplit("/", 1)[-1]
    return Named(cloud.project_of(new), new["location"], service)


def give(cloud: Google, new: Props) -> tuple[str, Props]:
    """Give a role on a service."""
    named = _named(cloud, new)
    doing = f'Error applying IAM policy for cloudrunv2 service "{named.id}"'
    with cloud.store.transaction() as now:
        if now.get("run_service", named.record) is None:
            raise refusals.google(404, f"Resource '{named.service}' was not found.", "notFound", doing=doing)
        if missing := account_missing(now, new["member"]):
            raise refusals.account_missing(missing, doing)
        now.grant(named.scope, new["role"], new["member"], new.get("condition", {}))
    return f"{named.id}/{new['role']}/{new['member']}", {"project": named.project, "etag": "BwY="}


def given(cloud: Google, id: str) -> Props | None:
    """By id: ``SERVICE/ROLE/MEMBER``; the role has a slash in it."""
    named, role, member = _parts(id)
    with cloud.store.transaction() as now:
        there = any(granted == role for granted, _ in now.granted(named.scope, member))
    if not there:
        return None
    place = {"project": named.project, "location": named.location, "name": named.service}
    return {**place, "role": role, "member": member, "etag": "BwY="}


def take(cloud: Google, id: str, old: Props) -> None:
    """Take it."""
    named, role, member = _parts(id)
    with cloud.store.transaction() as now:
        now.revoke(named.scope, role, member, old.get("condition", {}))


def _parts(id: str) -> tuple[Named, str, str]:
    parts = id.split("/")
    return Named.of_id("/".join(parts[:6])), "/".join(parts[6:8]), "/".join(parts[8:])


HANDLERS = {
    "gcp:cloudrunv2/serviceIamMember:ServiceIamMember": Handler(
        check=check,
        create=give,
        read=given,
        delete=take,
        computed=frozenset({"etag"}),
    ),
}
