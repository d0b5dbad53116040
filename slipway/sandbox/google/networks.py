"""Compute Engine: networks, subnetworks and firewalls, which are kept and let nothing through, and their operations.

https://cloud.google.com/compute/docs/reference/rest/v1
"""

import base64
import hashlib
import ipaddress
import json
import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass

from slipway.sandbox.google.cloud import stamp, usable
from slipway.sandbox.google.errors import ApiError, Json
from slipway.sandbox.google.routing import Api, Call, Method, Route, standard
from slipway.sandbox.stores.google import Project, Record, Transaction

SERVICE = "compute.googleapis.com"
BASE = "https://www.googleapis.com/compute/v1/"
NAME = re.compile(r"[a-z]([-a-z0-9]{0,61}[a-z0-9])?")
OPERATION = "compute_operation"
REGIONS = (
    *("asia-east1", "asia-northeast1", "asia-south1", "asia-southeast1", "australia-southeast1"),
    *("europe-north1", "europe-west1", "europe-west2", "europe-west3", "europe-west4", "europe-west6"),
    *("northamerica-northeast1", "southamerica-east1", "us-central1", "us-east1", "us-east4", "us-west1", "us-west2"),
)


@dataclass(frozen=True)
class Kind:
    """A kind of resource of Compute Engine: how the store calls it, where it lies, and what can change."""

    name: str
    plural: str
    place: str
    """Below the project, with ``{region}``."""
    changeable: tuple[str, ...]


NETWORK = Kind("network", "networks", "global/networks", ("routingConfig", "description", "mtu"))
SUBNETWORK = Kind(
    "subnetwork",
    "subnetworks",
    "regions/{region}/subnetworks",
    ("privateIpGoogleAccess", "logConfig", "secondaryIpRanges", "description", "stackType"),
)
FIREWALL = Kind(
    "firewall",
    "firewalls",
    "global/firewalls",
    (
        *("allowed", "denied", "description", "destinationRanges", "disabled", "logConfig", "network", "priority"),
        *("sourceRanges", "sourceServiceAccounts", "sourceTags", "targetServiceAccounts", "targetTags"),
    ),
)


def make_default(now: Transaction, project: Project) -> None:
    """The network ``default`` that a project gets with Compute Engine."""
    path = f"projects/{project.id}/global/networks/default"
    body = {"name": "default", "autoCreateSubnetworks": True, "description": "Default network for the project"}
    now.put(NETWORK.name, Record(path, project.id, _made(NETWORK, path, {**_NETWORK_DEFAULTS, **body}, "")))


def network_of(now: Transaction, project: str, named: str) -> str:
    """The path of a network that is named in any of Google's ways; "" where there is none."""
    path = place_of(named) if "/" in named else f"projects/{project}/global/networks/{named}"
    path = f"projects/{project}/{path}" if path.startswith("global/") else path
    return path if now.get(NETWORK.name, path) else ""


def subnetwork_of(now: Transaction, project: str, named: str) -> Record | None:
    """A subnetwork that is named as ``regions/R/subnetworks/S`` or by its link."""
    path = place_of(named)
    return now.get(SUBNETWORK.name, path if path.startswith("projects/") else f"projects/{project}/{path}")


def place_of(link: str) -> str:
    """What a link or a path names, as ``projects/P/global/networks/N``."""
    return re.sub(r"^https?://[^/]+/compute/(?:compute/)?v1/", "", link)


def insert(kind: Kind) -> Method:
    """The method that makes one."""

    def method(call: Call) -> Json:
        name = call.text("name")
        if not NAME.fullmatch(name):
            raise _invalid("name", name, f"must be a match of regex '{NAME.pattern}'")
        if kind is SUBNETWORK:
            _checked_range(call.text("ipCidrRange"))
        with call.cloud.store.transaction() as now:
            project = usable(call.cloud, now, call["project"], SERVICE).id
            region = call.path.get("region", "")
            path = f"projects/{project}/{kind.place.format(region=region)}/{name}"
            if now.taken(kind.name, path):
                raise ApiError(409, f"The resource '{path}' already exists")
            body = {**_DEFAULTS[kind.name], **{key: value for key, value in call.body.items() if value is not None}}
            if kind is not NETWORK:
                body["network"] = _network(now, project, body.get("network") or "global/networks/default")
            body = _made(kind, path, body, region)
            now.put(kind.name, Record(path, project, body))
            if kind is SUBNETWORK:
                _listed_in(now, body, add=body["selfLink"])
            return _done(now, project, region, "insert", body)

    return method


def get(kind: Kind) -> Method:
    """The method that gives one."""

    def method(call: Call) -> Json:
        with call.cloud.store.transaction() as now:
            return _there(now, call, kind).body

    return method


def listed(kind: Kind) -> Method:
    """The method that lists those of a project, or of a region of it."""

    def method(call: Call) -> Json:
        with call.cloud.store.transaction() as now:
            project = usable(call.cloud, now, call["project"], SERVICE).id
            found = [record.body for record in now.all(kind.name, project)]
        region = call.path.get("region", "")
        items = [body for body in found if not region or body.get("region") == _region(project, region)]
        items = [body for body in items if _matches(body, call.query.get("filter", ""))]
        return _list(call, project, f"{kind.name}List", items)

    return method


def aggregated_subnetworks(call: Call) -> Json:
    """The subnetworks of all regions."""
    with call.cloud.store.transaction() as now:
        project = usable(call.cloud, now, call["project"], SERVICE).id
        found = [record.body for record in now.all(SUBNETWORK.name, project)]
    by_region: dict[str, Json] = {}
    for body in found:
        if _matches(body, call.query.get("filter", "")):
            place = by_region.setdefault(f"regions/{body['region'].rsplit('/', 1)[-1]}", {"subnetworks": []})
            place["subnetworks"].append(body)
    return {
        "kind": "compute#subnetworkAggregatedList",
        "id": f"projects/{project}/aggregated/subnetworks",
        "items": by_region,
        "selfLink": f"{BASE}projects/{project}/aggregated/subnetworks",
    }


def patch(kind: Kind, *, whole: bool = False) -> Method:
    """The method that changes one: what is given, or with ``whole`` everything."""

    def method(call: Call) -> Json:
        with call.cloud.store.transaction() as now:
            record = _there(now, call, kind)
            given = {key: call.body[key] for key in kind.changeable if key in call.body}
            if call.body.get("fingerprint") and call.body["fingerprint"] != record.body.get("fingerprint"):
                raise ApiError(412, "Invalid fingerprint.")
            if given.get("network"):
                given["network"] = _network(now, record.project, given["network"])
            before = {key: value for key, value in record.body.items() if not whole or key not in kind.changeable}
            body = {key: value for key, value in {**before, **given}.items() if value is not None}
            if "fingerprint" in body:
                body["fingerprint"] = _fingerprint(body)
            now.put(kind.name, Record(record.name, record.project, body))
            return _done(now, record.project, call.path.get("region", ""), "update" if whole else "patch", body)

    return method


def set_private_access(call: Call) -> Json:
    """Whether private addresses in it reach Google's APIs."""
    with call.cloud.store.transaction() as now:
        record = _there(now, call, SUBNETWORK)
        body = {**record.body, "privateIpGoogleAccess": bool(call.body.get("privateIpGoogleAccess"))}
        now.put(SUBNETWORK.name, Record(record.name, record.project, body))
        return _done(now, record.project, call["region"], "setPrivateIpGoogleAccess", body)


def delete(kind: Kind) -> Method:
    """The method that removes one; a network that something is in stays."""

    def method(call: Call) -> Json:
        with call.cloud.store.transaction() as now:
            record = _there(now, call, kind)
            if kind is NETWORK:
                _refuse_used(now, record)
            now.drop(kind.name, record.name)
            if kind is SUBNETWORK:
                _listed_in(now, record.body, remove=record.body["selfLink"])
            return _done(now, record.project, call.path.get("region", ""), "delete", record.body)

    return method


def operation(call: Call) -> Json:
    """An operation; every one is done when it is answered."""
    record = call.cloud.store.get(OPERATION, f"{call['project']}/{call['operation']}")
    if record is None:
        raise _not_found(f"projects/{call['project']}/global/operations/{call['operation']}")
    return record.body


def operations(call: Call) -> Json:
    """The operations of a project."""
    with call.cloud.store.transaction() as now:
        project = usable(call.cloud, now, call["project"], SERVICE).id
        found = [record.body for record in now.all(OPERATION, project)]
    return _list(call, project, "operationList", [body for body in found if "region" not in body])


def region(call: Call) -> Json:
    """A region."""
    if call["region"] not in REGIONS:
        raise _not_found(f"projects/{call['project']}/regions/{call['region']}")
    return _shown_region(call["project"], call["region"])


def regions(call: Call) -> Json:
    """The regions."""
    return _list(call, call["project"], "regionList", [_shown_region(call["project"], name) for name in REGIONS])


def project(call: Call) -> Json:
    """A project as Compute Engine sees it."""
    with call.cloud.store.transaction() as now:
        found = usable(call.cloud, now, call["project"], SERVICE)
    return {
        "kind": "compute#project",
        "id": found.number,
        "name": found.id,
        "creationTimestamp": found.body.get("createTime", ""),
        "commonInstanceMetadata": {"kind": "compute#metadata", "fingerprint": "AAAAAAAAAAA="},
        "selfLink": f"{BASE}projects/{found.id}",
        "defaultServiceAccount": f"{found.number}-compute@developer.gserviceaccount.com",
        "xpnProjectStatus": "UNSPECIFIED_XPN_PROJECT_STATUS",
        "defaultNetworkTier": "PREMIUM",
    }


def _refuse_used(now: Transaction, network: Record) -> None:
    for kind in (SUBNETWORK, FIREWALL):
        for record in now.all(kind.name, network.project):
            if place_of(record.body["network"]) == network.name:
                raise ApiError(
                    400,
                    f"The network resource '{network.name}' is already being used by '{record.name}'",
                    reason="resourceInUseByAnotherResource",
                )


def _there(now: Transaction, call: Call, kind: Kind) -> Record:
    project = usable(call.cloud, now, call["project"], SERVICE).id
    path = f"projects/{project}/{kind.place.format(region=call.path.get('region', ''))}/{call['name']}"
    record = now.get(kind.name, path)
    if record is None:
        raise _not_found(path)
    return record


def _not_found(path: str) -> ApiError:
    return ApiError(404, f"The resource '{path}' was not found")


def _invalid(field: str, value: str, why: str) -> ApiError:
    return ApiError(400, f"Invalid value for field 'resource.{field}': '{value}'. {why}", reason="invalid")


def _checked_range(text: str) -> None:
    try:
        ipaddress.ip_network(text)
    except ValueError as error:
        raise _invalid("ipCidrRange", text, f"Must be a valid IPv4 CIDR range: {error}") from None


def _network(now: Transaction, project: str, named: str) -> str:
    path = network_of(now, project, named)
    if not path:
        raise _not_found(place_of(named))
    return BASE + path


def _made(kind: Kind, path: str, body: Json, region: str) -> Json:
    created = stamp()
    number = int(hashlib.sha256(f"{path} {created}".encode()).hexdigest()[:15], 16)
    project = path.split("/")[1]
    made: Json = {
        "kind": f"compute#{kind.name}",
        "id": str(number),
        "creationTimestamp": created,
        "selfLink": BASE + path,
        **({"region": _region(project, region)} if region else {}),
        **body,
    }
    if kind is NETWORK:
        made["selfLinkWithId"] = f"{BASE}{path.rsplit('/', 1)[0]}/{number}"
    if kind is SUBNETWORK:
        made["gatewayAddress"] = str(next(ipaddress.ip_network(body["ipCidrRange"]).hosts(), ""))
        made["fingerprint"] = _fingerprint(made)
    return made


def _fingerprint(body: Json) -> str:
    content = {key: value for key, value in body.items() if key != "fingerprint"}
    return base64.b64encode(hashlib.sha256(json.dumps(content, sort_keys=True).encode()).digest()[:8]).decode()


def _listed_in(now: Transaction, subnetwork: Json, *, add: str = "", remove: str = "") -> None:
    """Have a network say which subnetworks are in it."""
    record = now.get(NETWORK.name, place_of(subnetwork["network"]))
    if record is None:
        return
    links = [link for link in record.body.get("subnetworks", []) if link != remove] + ([add] if add else [])
    body = {key: value for key, value in record.body.items() if key != "subnetworks"}
    now.put(NETWORK.name, Record(record.name, record.project, {**body, **({"subnetworks": links} if links else {})}))


def _done(now: Transaction, project: str, region: str, type: str, target: Json) -> Json:
    number = 10**18 + secrets.randbelow(8 * 10**18)
    name, moment = f"operation-{number}", stamp()
    place = f"regions/{region}" if region else "global"
    body: Json = {
        "kind": "compute#operation",
        "id": str(number),
        "name": name,
        "operationType": type,
        "targetLink": target["selfLink"],
        "targetId": target["id"],
        "status": "DONE",
        "user": "you@sandbox.invalid",
        "progress": 100,
        "insertTime": moment,
        "startTime": moment,
        "endTime": moment,
        "selfLink": f"{BASE}projects/{project}/{place}/operations/{name}",
        **({"region": _region(project, region)} if region else {}),
    }
    now.put(OPERATION, Record(f"{project}/{name}", project, body))
    return body


def _list(call: Call, project: str, kind: str, items: list[Json]) -> Json:
    page = call.page("items", items, size="maxResults", most=500)
    return {"kind": f"compute#{kind}", "id": f"projects/{project}", "selfLink": f"{BASE}projects/{project}", **page}


def _matches(body: Json, text: str) -> bool:
    """The filters that clients send: ``name=a``, ``name eq "a"``, ``network="LINK"``."""
    for key, value in re.findall(r"\(?(\w+)\s*(?:=|eq|:)\s*\"?([^\s\")]+)\"?\)?", text):
        held = str(body.get(key, ""))
        if not re.fullmatch(value.replace("*", ".*"), held) and place_of(held) != place_of(value):
            return False
    return True


def _region(project: str, name: str) -> str:
    return f"{BASE}projects/{project}/regions/{name}"


def _shown_region(project: str, name: str) -> Json:
    number = str(int(hashlib.sha256(name.encode()).hexdigest()[:8], 16))
    return {"kind": "compute#region", "id": number, "name": name, "status": "UP", "selfLink": _region(project, name)}


def _collection(place: str, kind: Kind, id: str) -> Iterator[Route]:
    """The rows of a collection: all of Compute's three are served by the same methods."""
    return standard(
        place, "name", id, insert=insert(kind), list=listed(kind), get=get(kind), patch=patch(kind), delete=delete(kind)
    )


_NETWORK_DEFAULTS: Json = {
    "autoCreateSubnetworks": True,
    "routingConfig": {"routingMode": "REGIONAL"},
    "networkFirewallPolicyEnforcementOrder": "AFTER_CLASSIC_FIREWALL",
}
_DEFAULTS: dict[str, Json] = {
    "network": _NETWORK_DEFAULTS,
    "subnetwork": {"privateIpGoogleAccess": False, "purpose": "PRIVATE", "stackType": "IPV4_ONLY"},
    "firewall": {"direction": "INGRESS", "priority": 1000, "disabled": False, "logConfig": {"enable": False}},
}
_P = "compute/v1/projects/{project}"
_N, _F, _S = f"{_P}/global/networks", f"{_P}/global/firewalls", f"{_P}/regions/{{region}}/subnetworks"
API = Api(
    name="compute",
    routes=(
        *_collection(_N, NETWORK, "compute.networks."),
        *_collection(_F, FIREWALL, "compute.firewalls."),
        Route("PUT", f"{_F}/{{name}}", patch(FIREWALL, whole=True), "compute.firewalls.update"),
        *_collection(_S, SUBNETWORK, "compute.subnetworks."),
        Route(
            "POST",
            f"{_S}/{{name}}/setPrivateIpGoogleAccess",
            set_private_access,
            "compute.subnetworks.setPrivateIpGoogleAccess",
        ),
        Route("GET", f"{_P}/aggregated/subnetworks", aggregated_subnetworks, "compute.subnetworks.aggregatedList"),
        Route("GET", f"{_P}/global/operations", operations, "compute.globalOperations.list"),
        Route("GET", f"{_P}/global/operations/{{operation}}", operation, "compute.globalOperations.get"),
        Route("POST", f"{_P}/global/operations/{{operation}}/wait", operation, "compute.globalOperations.wait"),
        Route("GET", f"{_P}/regions/{{region}}/operations/{{operation}}", operation, "compute.regionOperations.get"),
        Route(
            "POST",
            f"{_P}/regions/{{region}}/operations/{{operation}}/wait",
            operation,
            "compute.regionOperations.wait",
        ),
        Route("GET", f"{_P}/regions/{{region}}", region, "compute.regions.get"),
        Route("GET", f"{_P}/regions", regions, "compute.regions.list"),
        Route("GET", _P, project, "compute.projects.get"),
    ),
)
