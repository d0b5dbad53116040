"""Who may do what with a Cloud Run service: one role, one member."""

from slipway.sandbox.gcp import members
from slipway.sandbox.gcp.cloud import Google, refused
from slipway.sandbox.gcp.grants import check
from slipway.sandbox.handler import Calls, Handler, Props


def give(cloud: Google, new: Props) -> tuple[str, Props]:
    """Give a role on a service."""
    project, service = cloud.project_of(new), str(new["name"]).rsplit("/", 1)[-1]
    id = f"projects/{project}/locations/{new['location']}/services/{service}"
    with refused(cloud, f'Error applying IAM policy for cloudrunv2 service "{id}"'):
        policy = members.give(cloud, "run", f"v2/{id}", new, read="GET")
    return f"{id}/{new['role']}/{new['member']}", {"project": project, "etag": policy["etag"]}


def given(cloud: Google, id: str) -> Props | None:
    """By id: ``SERVICE/ROLE/MEMBER``; the role has a slash in it."""
    service, role, member = _parts(id)
    grant = members.given(cloud, "run", f"v2/{service}", role, member, read="GET")
    if grant is None:
        return None
    _, project, _, location, _, name = service.split("/")
    return {"project": project, "location": location, "name": name, **grant}


def take(cloud: Google, id: str, old: Props) -> None:
    """Take it."""
    service, role, member = _parts(id)
    with refused(cloud, f'Error applying IAM policy for cloudrunv2 service "{service}"'):
        members.take(cloud, "run", f"v2/{service}", role, member, old.get("condition") or {}, read="GET")


def _parts(id: str) -> tuple[str, str, str]:
    parts = id.split("/")
    return "/".join(parts[:6]), "/".join(parts[6:8]), "/".join(parts[8:])


HANDLERS = {
    "gcp:cloudrunv2/serviceIamMember:ServiceIamMember": Handler(
        check=check,
        calls=Calls(create=give, read=given, delete=take),
        computed=frozenset({"etag"}),
    ),
}
