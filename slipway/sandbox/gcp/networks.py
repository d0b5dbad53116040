"""Networks, their subnetworks and firewalls: what jobs are put into. Nothing flows through them here."""

import hashlib
import ipaddress
import re
from datetime import UTC, datetime

from slipway.sandbox.gcp import refusals
from slipway.sandbox.gcp.cloud import Google, placed, usable
from slipway.sandbox.handler import Handler, Props
from slipway.sandbox.stores.google import Record, Transaction

API = "compute.googleapis.com"
BASE = "https://www.googleapis.com/compute/v1/"
NAME = re.compile(r"[a-z]([-a-z0-9]{0,61}[a-z0-9])?")


def check(new: Props) -> dict[str, str]:
    """The rules of https://cloud.google.com/compute/docs/naming-resources, and a range that is one."""
    wrong = {}
    if not NAME.fullmatch(new.get("name", "a")):
        wrong["name"] = f'"name" ("{new["name"]}") doesn\'t match regexp "^(?:[a-z](?:[-a-z0-9]{{0,61}}[a-z0-9])?)$"'
    try:
        ipaddress.ip_network(new.get("ipCidrRange", "10.10.0.0/24"))
    except ValueError as error:
        wrong["ipCidrRange"] = f"expected ip_cidr_range to be a valid IPv4 CIDR range: {error}"
    return wrong


def place_of(link: str) -> str:
    """What a link or a path names, as ``projects/P/global/networks/N``."""
    return link.removeprefix(BASE)


def network_of(now: Transaction, project: str, declared: str) -> str:
    """The path of a network that is named in any of Google's ways; "" where there is none.

    ``default`` is there where the project was made with it.
    """
    path = place_of(declared) if "/" in declared else f"projects/{project}/global/networks/{declared}"
    path = f"projects/{project}/{path}" if path.startswith("global/") else path
    resource = now.project(project)
    if (
        path == f"projects/{project}/global/networks/default"
        and resource
        and resource.body.get("autoCreateNetwork", True)
    ):
        return path
    return path if now.get("network", path) else ""


def subnetwork_of(now: Transaction, project: str, declared: str) -> Record | None:
    """A subnetwork that is named as ``regions/R/subnetworks/S`` or by its link."""
    path = place_of(declared)
    return now.get("subnetwork", path if path.startswith("projects/") else f"projects/{project}/{path}")


def create_network(cloud: Google, new: Props) -> tuple[str, Props]:
    """Make it in its project."""
    return _create(cloud, new, "network", "global/networks", "Error creating Network")


def create_subnetwork(cloud: Google, new: Props) -> tuple[str, Props]:
    """Make it in a network that is there."""
    return _create(cloud, new, "subnetwork", f"regions/{new['region']}/subnetworks", "Error creating Subnetwork")


def create_firewall(cloud: Google, new: Props) -> tuple[str, Props]:
    """Make it for a network that is there."""
    return _create(cloud, new, "firewall", "global/firewalls", "Error creating Firewall")


def _create(cloud: Google, new: Props, kind: str, place: str, doing: str) -> tuple[str, Props]:
    project = cloud.project_of(new)
    path = f"projects/{project}/{place}/{new['name']}"
    with cloud.store.transaction() as now:
        usable(cloud, now, project, API, doing)
        if now.taken(kind, path):
            raise refusals.google(409, f"The resource '{path}' already exists", "alreadyExists", doing=doing)
        if "network" in new and not network_of(now, project, new["network"]):
            missing = place_of(new["network"])
            raise refusals.google(404, f"The resource '{missing}' was not found", "notFound", doing=doing)
        body = {**new, "project": project, "creationTimestamp": datetime.now(UTC).isoformat()}
        now.put(kind, Record(path, project, body))
    return path, _outputs(path, body)


def _read(kind: str, cloud: Google, id: str) -> Props | None:
    resource = cloud.store.get(kind, id)
    return {**resource.body, **_outputs(id, resource.body)} if resource else None


def _update(kind: str, cloud: Google, id: str, new: Props) -> Props:
    with cloud.store.transaction() as now:
        resource = now.get(kind, id)
        if resource is None:
            raise refusals.google(404, f"The resource '{id}' was not found", "notFound", doing=f"Error updating {kind}")
        body = {**new, **{key: resource.body[key] for key in ("project", "creationTimestamp")}}
        now.put(kind, Record(id, resource.project, body))
    return _outputs(id, body)


def _delete(kind: str, cloud: Google, id: str) -> None:
    """Remove it; a network that something is in stays."""
    with cloud.store.transaction() as now:
        resource = now.get(kind, id)
        if resource is None:
            return
        for other in ("subnetwork", "firewall") if kind == "network" else ():
            for record in now.all(other, resource.project):
                if network_of(now, resource.project, record.body["network"]) == id:
                    raise refusals.google(
                        400,
                        f"The network resource '{id}' is already being used by '{record.name}'",
                        "resourceInUseByAnotherResource",
                        doing="Error waiting for Deleting Network",
                    )
        now.drop(kind, id)


def _outputs(path: str, body: Props) -> Props:
    number = _number(path, body)
    return {"project": body["project"], "selfLink": BASE + path, **_BY_KIND[path.split("/")[-2]](number, body)}


def _network_outputs(number: int, _body: Props) -> Props:
    return {"networkId": number, "numericId": str(number), "gatewayIpv4": ""}


def _subnetwork_outputs(number: int, body: Props) -> Props:
    first = next(ipaddress.ip_network(body["ipCidrRange"]).hosts(), "") if "ipCidrRange" in body else ""
    return {
        "subnetworkId": number,
        "creationTimestamp": body["creationTimestamp"],
        "gatewayAddress": str(first),
        "fingerprint": "",
        "ipv6CidrRange": "",
        "ipv6GceEndpoint": "",
        "state": "",
    }


def _number(path: str, body: Props) -> int:
    """The number by which Compute Engine knows a thing: of the path and of when it was made."""
    created = f"{path} {body['creationTimestamp']}"
    return int(hashlib.sha256(created.encode()).hexdigest()[:15], 16)


_BY_KIND = {
    "networks": _network_outputs,
    "subnetworks": _subnetwork_outputs,
    "firewalls": lambda _number, body: {"creationTimestamp": body["creationTimestamp"]},
}
HANDLERS = {
    "gcp:compute/network:Network": Handler(
        check=check,
        create=create_network,
        read=lambda cloud, id: _read("network", cloud, id),
        update=lambda cloud, id, _old, new: _update("network", cloud, id, new),
        delete=lambda cloud, id, _old: _delete("network", cloud, id),
        identify=placed("projects/{project}/global/networks/{name}"),
        defaults=lambda new: {"autoCreateSubnetworks": True, **new},
        auto_name="name",
        computed=frozenset({"gatewayIpv4", "networkId", "numericId", "selfLink"}),
    ),
    "gcp:compute/subnetwork:Subnetwork": Handler(
        check=check,
        create=create_subnetwork,
        read=lambda cloud, id: _read("subnetwork", cloud, id),
        update=lambda cloud, id, _old, new: _update("subnetwork", cloud, id, new),
        delete=lambda cloud, id, _old: _delete("subnetwork", cloud, id),
        identify=placed("projects/{project}/regions/{region}/subnetworks/{name}"),
        defaults=lambda new: {"privateIpGoogleAccess": False, **new},
        auto_name="name",
        computed=frozenset(
            {
                "creationTimestamp",
                "fingerprint",
                "gatewayAddress",
                "ipv6CidrRange",
                "ipv6GceEndpoint",
                "selfLink",
                "state",
                "subnetworkId",
            }
        ),
    ),
    "gcp:compute/firewall:Firewall": Handler(
        check=check,
        create=create_firewall,
        read=lambda cloud, id: _read("firewall", cloud, id),
        update=lambda cloud, id, _old, new: _update("firewall", cloud, id, new),
        delete=lambda cloud, id, _old: _delete("firewall", cloud, id),
        identify=placed("projects/{project}/global/firewalls/{name}"),
        defaults=lambda new: {"direction": "INGRESS", "priority": 1000, **new},
        auto_name="name",
        computed=frozenset({"creationTimestamp", "selfLink"}),
    ),
}
