"""Networks, their subnetworks and firewalls: what jobs are put into. Nothing flows through them here."""

import ipaddress
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from slipway.providers.google.rest import RestError
from slipway.sandbox.gcp.cloud import Google, placed, refused
from slipway.sandbox.handler import Calls, Handler, Props

V1 = "compute/v1"
BASE = "https://www.googleapis.com/compute/v1/"
NAME = re.compile(r"[a-z]([-a-z0-9]{0,61}[a-z0-9])?")
ROUTING = "routingMode"


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


@dataclass(frozen=True, kw_only=True)
class Kind:
    """A type of resource: how the provider calls it, where it lies, and how its inputs are written in the API."""

    name: str
    place: str
    """Below the project, with ``{region}``."""
    body: Callable[[Props], Props]
    inputs: Callable[[Props], Props]
    outputs: Callable[[Props], Props]

    def path(self, project: str, new: Props) -> str:
        """Where one of them lies."""
        return f"projects/{project}/{self.place.format(region=new.get('region', ''))}"


def create(kind: Kind, cloud: Google, new: Props) -> tuple[str, Props]:
    """Make it in its project, and in a network that is there."""
    project, new = cloud.project_of(new), {**cloud.place_of(new), **new}
    path = kind.path(project, new)
    with refused(cloud, f"Error creating {kind.name}"):
        cloud.rest.ask("compute", "POST", f"{V1}/{path}", kind.body(new))
        live = cloud.rest.ask("compute", "GET", f"{V1}/{path}/{new['name']}")
    return f"{path}/{new['name']}", _outputs(kind, project, new, live)


def read(kind: Kind, cloud: Google, id: str) -> Props | None:
    """By id: its path."""
    live = _live(cloud, id)
    if live is None:
        return None
    place = {"project": id.split("/")[1], "selfLink": live["selfLink"]}
    return {**kind.inputs(live), **place, **kind.outputs(live)}


def refresh(kind: Kind, cloud: Google, id: str, state: Props) -> Props | None:
    """As :func:`read`, with a network named as the state names it where it is the same one."""
    live = read(kind, cloud, id)
    if live is not None and "network" in live and _same(str(state.get("network", "")), live["network"]):
        live["network"] = state["network"]
    return live


def update(kind: Kind, cloud: Google, id: str, _old: Props, new: Props) -> Props:
    """What can change in place does."""
    with refused(cloud, f"Error updating {kind.name} {id!r}"):
        live = cloud.rest.ask("compute", "GET", f"{V1}/{id}")
        body = {key: value for key, value in kind.body(new).items() if key not in ("name", "region")}
        marked = {"fingerprint": live["fingerprint"]} if "fingerprint" in live else {}
        cloud.rest.ask("compute", "PATCH", f"{V1}/{id}", {**body, **marked})
        live = cloud.rest.ask("compute", "GET", f"{V1}/{id}")
    return _outputs(kind, id.split("/")[1], new, live)


def delete(kind: Kind, cloud: Google, id: str, _old: Props) -> None:
    """Remove it; a network that something is in stays."""
    if _live(cloud, id) is not None:
        with refused(cloud, f"Error waiting for Deleting {kind.name}"):
            cloud.rest.ask("compute", "DELETE", f"{V1}/{id}")


def _outputs(kind: Kind, project: str, new: Props, live: Props) -> Props:
    filled_in = {key: value for key, value in kind.inputs(live).items() if key not in new}
    return {**filled_in, "project": project, "selfLink": live["selfLink"], **kind.outputs(live)}


def _same(named: str, path: str) -> bool:
    """Whether a name or a link is of the network at a path."""
    return named.removeprefix(BASE) == path or ("/" not in named and named == path.rsplit("/", 1)[-1])


def _live(cloud: Google, id: str) -> Props | None:
    try:
        return cloud.rest.get("compute", f"{V1}/{id}")
    except RestError as error:
        if error.disabled:
            return None
        raise


def _network_body(new: Props) -> Props:
    body = {key: new[key] for key in ("name", "description", "mtu", "autoCreateSubnetworks") if key in new}
    return {**body, **({"routingConfig": {ROUTING: new[ROUTING]}} if ROUTING in new else {})}


def _network_inputs(live: Props) -> Props:
    shown = {key: live[key] for key in ("name", "description", "mtu", "autoCreateSubnetworks") if key in live}
    return {**shown, ROUTING: (live.get("routingConfig") or {}).get(ROUTING, "REGIONAL")}


def _network_outputs(live: Props) -> Props:
    return {"networkId": int(live["id"]), "numericId": live["id"], "gatewayIpv4": ""}


SUBNETWORK_FIELDS = (
    *("name", "description", "ipCidrRange", "region", "privateIpGoogleAccess", "purpose", "role", "stackType"),
    *("privateIpv6GoogleAccess", "reservedInternalRange", "ipv6AccessType", "externalIpv6Prefix"),
)


def _subnetwork_body(new: Props) -> Props:
    body: dict[str, Any] = {key: new[key] for key in (*SUBNETWORK_FIELDS, "network") if key in new}
    if "secondaryIpRanges" in new:
        body["secondaryIpRanges"] = new["secondaryIpRanges"]
    if new.get("logConfig"):
        body["logConfig"] = {"enable": True, **new["logConfig"]}
    return body


def _subnetwork_inputs(live: Props) -> Props:
    shown = {key: live[key] for key in SUBNETWORK_FIELDS if key in live}
    return {**shown, "region": live["region"].rsplit("/", 1)[-1], "network": live["network"].removeprefix(BASE)}


def _subnetwork_outputs(live: Props) -> Props:
    return {
        "subnetworkId": int(live["id"]),
        "creationTimestamp": live["creationTimestamp"],
        "gatewayAddress": live["gatewayAddress"],
        "fingerprint": live["fingerprint"],
        "ipv6CidrRange": "",
        "ipv6GceEndpoint": "",
        "state": "",
    }


FIREWALL_FIELDS = (
    *("name", "description", "direction", "disabled", "priority", "destinationRanges", "sourceRanges"),
    *("sourceServiceAccounts", "sourceTags", "targetServiceAccounts", "targetTags"),
)
RULES = {"allows": "allowed", "denies": "denied"}
"""The rules as the provider calls them -> as the API does."""


def _firewall_body(new: Props) -> Props:
    body: dict[str, Any] = {key: new[key] for key in (*FIREWALL_FIELDS, "network") if key in new}
    for own, theirs in RULES.items():
        if own in new:
            body[theirs] = [
                {"IPProtocol": rule["protocol"], **({"ports": rule["ports"]} if rule.get("ports") else {})}
                for rule in new[own]
            ]
    if new.get("logConfig"):
        body["logConfig"] = {"enable": True, **new["logConfig"]}
    return body


def _firewall_inputs(live: Props) -> Props:
    shown: dict[str, Any] = {key: live[key] for key in FIREWALL_FIELDS if key in live}
    for own, theirs in RULES.items():
        if theirs in live:
            shown[own] = [
                {"protocol": rule["IPProtocol"], **({"ports": rule["ports"]} if rule.get("ports") else {})}
                for rule in live[theirs]
            ]
    return {**shown, "network": live["network"].removeprefix(BASE)}


NETWORK = Kind(
    name="Network",
    place="global/networks",
    body=_network_body,
    inputs=_network_inputs,
    outputs=_network_outputs,
)
SUBNETWORK = Kind(
    name="Subnetwork",
    place="regions/{region}/subnetworks",
    body=_subnetwork_body,
    inputs=_subnetwork_inputs,
    outputs=_subnetwork_outputs,
)
FIREWALL = Kind(
    name="Firewall",
    place="global/firewalls",
    body=_firewall_body,
    inputs=_firewall_inputs,
    outputs=lambda live: {"creationTimestamp": live["creationTimestamp"]},
)


def _calls(kind: Kind) -> Calls:
    return Calls(
        create=partial(create, kind),
        read=partial(read, kind),
        update=partial(update, kind),
        delete=partial(delete, kind),
    )


HANDLERS = {
    "gcp:compute/network:Network": Handler(
        check=check,
        calls=_calls(NETWORK),
        refresh=partial(refresh, NETWORK),
        identify=placed("projects/{project}/global/networks/{name}"),
        defaults=lambda new: {"autoCreateSubnetworks": True, **new},
        auto_name="name",
        settled=frozenset({ROUTING}),
        computed=frozenset({"gatewayIpv4", "networkId", "numericId", "selfLink"}),
    ),
    "gcp:compute/subnetwork:Subnetwork": Handler(
        check=check,
        calls=_calls(SUBNETWORK),
        refresh=partial(refresh, SUBNETWORK),
        identify=placed("projects/{project}/regions/{region}/subnetworks/{name}"),
        settled=frozenset({"purpose", "stackType"}),
        links=frozenset({"network"}),
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
        calls=_calls(FIREWALL),
        refresh=partial(refresh, FIREWALL),
        identify=placed("projects/{project}/global/firewalls/{name}"),
        links=frozenset({"network"}),
        defaults=lambda new: {"direction": "INGRESS", "priority": 1000, **new},
        auto_name="name",
        computed=frozenset({"creationTimestamp", "selfLink"}),
    ),
}
