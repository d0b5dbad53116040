"""A subnetwork of one's own, by which an app on Google Cloud reaches private addresses: Direct VPC egress.

https://docs.cloud.google.com/run/docs/configuring/vpc-direct-vpc,
https://docs.cloud.google.com/appengine/docs/standard/vpc-direct-vpc
"""

import ipaddress
import re
from collections.abc import Mapping
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field

SUBNETWORK = re.compile(
    r"projects/[a-z][a-z0-9-]{4,28}[a-z0-9]/regions/(?P<region>[a-z]+-[a-z]+[0-9]+)/subnetworks/[a-z]([a-z0-9-]{0,61}[a-z0-9])?"
)
OF_A_SERVER = ("HOST", "ADDR", "ADDRESS", "ENDPOINT", "SERVER")
"""How the names of variables end that say where something else is."""


def subnetwork(value: str) -> str:
    """A subnetwork in full. Raises :class:`ValueError` for another text."""
    if not SUBNETWORK.fullmatch(value):
        raise ValueError(
            "must be projects/PROJECT/regions/REGION/subnetworks/NAME, as `gcloud compute networks subnets list --uri` "
            f"ends, got {value!r}"
        )
    return value


Subnetwork = Annotated[
    Annotated[str, AfterValidator(subnetwork)] | None,
    Field(
        description="A subnetwork of yours by which the app reaches private addresses, as those of a database without "
        "a public one: projects/PROJECT/regions/REGION/subnetworks/NAME. Default: it reaches public ones alone."
    ),
]


def region_of(name: str) -> str:
    """The region of a subnetwork."""
    match = SUBNETWORK.fullmatch(name)
    return match["region"] if match else ""


def private_server(env: Mapping[str, str]) -> tuple[str, str]:
    """A variable that leads to a private address, and the address; two empty texts if none does."""
    for variable, value in sorted(env.items()):
        named = variable.upper().rsplit("_", 1)[-1] in OF_A_SERVER
        try:
            host = urlsplit(value if "://" in value else f"//{value}" if named else "").hostname or ""
            address = ipaddress.ip_address(host)
        except ValueError:
            continue
        if address.is_private and not (address.is_loopback or address.is_link_local or address.is_unspecified):
            return variable, host
    return "", ""
