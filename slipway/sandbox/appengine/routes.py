"""Which version answers a request: by the host name, then by the service's traffic split."""

import hashlib
import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

SUFFIX = "appspot.localhost"
"""App Engine's ``appspot.com``, on this machine: names below ``localhost`` are its own (RFC 6761)."""
REGION_IDS = {
    "us-central": "uc", "us-central1": "uc", "us-east1": "ue", "us-east4": "uk", "us-west1": "uw", "us-west2": "wl",
    "us-west3": "wm", "us-west4": "wn", "europe-west": "ew", "europe-west1": "ew", "europe-west2": "nw",
    "europe-west3": "ey", "europe-west6": "oa", "europe-central2": "lm", "asia-northeast1": "an", "asia-south1": "el",
    "asia-southeast1": "as", "australia-southeast1": "ts", "southamerica-east1": "rj", "northamerica-northeast1": "nn",
}  # fmt: skip
"""https://cloud.google.com/appengine/docs/standard/how-requests-are-routed#region-id."""


@dataclass(frozen=True)
class Route:
    """What a host name asks for; ``version`` is "" where the traffic split decides."""

    project: str
    service: str = "default"
    version: str = ""


def hostname(project: str, location: str, port: int) -> str:
    """Where an application answers, as ``PROJECT.REGION_ID.r.appspot.localhost:PORT``."""
    return f"{project}.{REGION_IDS.get(location, 'xx')}.r.{SUFFIX}:{port}"


def asked(host: str, projects: list[str], services: Mapping[str, set[str]]) -> Route | None:
    """What a ``Host`` header asks for; None where no application has that name.

    ``[VERSION-dot-][SERVICE-dot-]PROJECT…``; a bare address is the first project's default service. ``projects`` have
    an application, ``services`` are theirs.
    """
    name = host.rsplit(":", 1)[0].lower()
    if not name.endswith(f".{SUFFIX}"):
        return Route(projects[0]) if projects else None
    *before, project = name.split(".", 1)[0].split("-dot-")
    if project not in projects or len(before) > 2:
        return None
    if len(before) == 2:
        return Route(project, before[1], before[0])
    if before and before[0] in services.get(project, set()):
        return Route(project, before[0])
    return Route(project, "default", before[0]) if before else Route(project)


def chosen(split: Mapping[str, Any], client: str) -> str:
    """The version that serves ``client`` under a split; "" where nothing is allocated.

    By IP and by cookie the same client always gets the same version; at random it may not.
    """
    allocations = {version: float(share) for version, share in sorted((split.get("allocations") or {}).items())}
    total = sum(allocations.values())
    if not total:
        return ""
    by_chance = split.get("shardBy") == "RANDOM" or not client
    digest = int.from_bytes(hashlib.sha256(client.encode()).digest()[:8]) / 2**64
    point = (random.random() if by_chance else digest) * total  # noqa: S311 - spreads load, guards nothing
    for version, share in allocations.items():
        point -= share
        if point < 0:
            return version
    return list(allocations)[-1]
