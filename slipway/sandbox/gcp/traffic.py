"""App Engine's traffic: which versions of a service get which share."""

from slipway.sandbox.gcp.cloud import Google, refused
from slipway.sandbox.handler import Calls, Handler, Props


def create_split(cloud: Google, new: Props) -> tuple[str, Props]:
    """Say which versions of a service get which share."""
    project, service = cloud.project_of(new), new["service"]
    allocations = {id: float(share) for id, share in (new["split"].get("allocations") or {}).items()}
    sent = {"split": {**new["split"], "allocations": allocations}}
    query = {"updateMask": "split", **({"migrateTraffic": "true"} if new.get("migrateTraffic") else {})}
    with refused(cloud, "Error creating EngineSplitTraffic"):
        cloud.rest.act("appengine", "v1", "PATCH", f"apps/{project}/services/{service}", sent, **query)
    return f"apps/{project}/services/{service}", {"project": project}


def read_split(cloud: Google, id: str) -> Props | None:
    """By id: ``apps/PROJECT/services/SERVICE``."""
    return refresh_split(cloud, id, {})


def refresh_split(cloud: Google, id: str, state: Props) -> Props | None:
    """As the cloud has it; a share that is the same number is written as the program writes it."""
    live = cloud.live("appengine", f"v1/{id}")
    if live is None:
        return None
    _, project, _, service = id.split("/")
    known = (state.get("split") or {}).get("allocations") or {}
    allocations = {
        version: known[version] if version in known and float(known[version]) == share else f"{share:g}"
        for version, share in live["split"]["allocations"].items()
    }
    return {"project": project, "service": service, "split": {**live["split"], "allocations": allocations}}


def update_split(cloud: Google, _id: str, _old: Props, new: Props) -> Props:
    """Move the traffic, at once."""
    return create_split(cloud, new)[1]


def delete_split(_cloud: Google, _id: str, _old: Props) -> None:
    """The provider only forgets it: a service always has a split."""


def check_split(new: Props) -> dict[str, str]:
    """Shares are over 0 and make 1."""
    allocations = (new.get("split") or {}).get("allocations")
    if not isinstance(allocations, dict) or not all(
        isinstance(share, str | int | float) for share in allocations.values()
    ):
        return {}
    try:
        total = sum(float(share) for share in allocations.values())
    except ValueError:
        return {"split.allocations": f"shares must be numbers, got {allocations!r}"}
    return {} if abs(total - 1) < 0.005 else {"split.allocations": f"shares must add up to 1, got {total:g}"}


HANDLERS = {
    "gcp:appengine/engineSplitTraffic:EngineSplitTraffic": Handler(
        check=check_split,
        calls=Calls(create=create_split, read=read_split, update=update_split, delete=delete_split),
        refresh=refresh_split,
    ),
}
