"""App Engine's traffic: which versions of a service get which share."""

from slipway.sandbox.gcp import refusals
from slipway.sandbox.gcp.appengine import API, in_service
from slipway.sandbox.gcp.cloud import Google, usable
from slipway.sandbox.handler import Handler, Props
from slipway.sandbox.stores.google import Record


def create_split(cloud: Google, new: Props) -> tuple[str, Props]:
    """Say which versions of a service get which share."""
    project, service = cloud.project_of(new), new["service"]
    doing = "Error creating EngineSplitTraffic"
    allocations = {id: str(share) for id, share in (new["split"].get("allocations") or {}).items()}
    with cloud.store.transaction() as now:
        usable(cloud, now, project, API, doing)
        there = {
            record.name.rsplit("/", 1)[-1]
            for record in now.all("version", project)
            if in_service(record.name, project, service)
        }
        if not there:
            raise refusals.google(404, f"Service {service} not found", "notFound", doing=doing)
        if missing := sorted(set(allocations) - there):
            raise refusals.google(
                400, f"Version {missing[0]!r} of service {service!r} does not exist", "badRequest", doing=doing
            )
        split = {**new["split"], "allocations": allocations}
        now.put("split", Record(f"{project}/{service}", project, split))
    return f"apps/{project}/services/{service}", {"project": project}


def read_split(cloud: Google, id: str) -> Props | None:
    """By id: ``apps/PROJECT/services/SERVICE``."""
    _, project, _, service = id.split("/")
    record = cloud.store.get("split", f"{project}/{service}")
    return {"project": project, "service": service, "split": record.body} if record else None


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
        create=create_split,
        read=read_split,
        update=update_split,
        delete=delete_split,
    ),
}
