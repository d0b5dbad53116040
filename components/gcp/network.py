"""Private network: one subnetwork, Google's services in reach of it, nothing open to the outside."""

import ipaddress
from dataclasses import dataclass

import pulumi
from pulumi_gcp import compute

from components.gcp.project import GcpProject

APIS = ("compute.googleapis.com",)
DATAFLOW_PORTS = "12345-12346"
"""On which Dataflow's workers hand data to each other (https://cloud.google.com/dataflow/docs/guides/routes-firewall)."""


@dataclass(frozen=True, kw_only=True)
class PrivateNetworkArgs:
    """A network in a project, with a subnetwork in one region."""

    project: GcpProject
    region: str
    addresses: str = "10.10.0.0/24"
    """The subnetwork's range: an address a worker, four are Google's."""

    def __post_init__(self) -> None:
        try:
            private = ipaddress.ip_network(self.addresses).is_private
        except ValueError as wrong:
            raise ValueError(f"addresses must be a range as 10.10.0.0/24, got {self.addresses!r}: {wrong}") from None
        if not private:
            raise ValueError(f"addresses must be a private range (10.…, 172.16.…, 192.168.…), got {self.addresses!r}")


class PrivateNetwork(pulumi.ComponentResource):
    """A network for workers without addresses of their own."""

    subnetwork: pulumi.Output[str]
    """As Dataflow takes it: ``regions/REGION/subnetworks/NAME``."""

    def __init__(self, name: str, args: PrivateNetworkArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("slipway:gcp:PrivateNetwork", name, {}, opts)
        project = args.project.project_id
        network = compute.Network(
            name,
            name=name,
            project=project,
            auto_create_subnetworks=False,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[args.project.api(api) for api in APIS]),
        )
        subnetwork = compute.Subnetwork(
            name,
            name=name,
            project=project,
            region=args.region,
            network=network.self_link,
            ip_cidr_range=args.addresses,
            private_ip_google_access=True,
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.firewall = compute.Firewall(
            f"{name}-among-workers",
            name=f"{name}-among-workers",
            project=project,
            network=network.self_link,
            direction="INGRESS",
            source_tags=["dataflow"],
            target_tags=["dataflow"],
            allows=[{"protocol": "tcp", "ports": [DATAFLOW_PORTS]}],
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.subnetwork = pulumi.Output.concat("regions/", args.region, "/subnetworks/", subnetwork.name)
        self.register_outputs({"subnetwork": self.subnetwork})
