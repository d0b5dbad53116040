"""A domain that leads to a service on Cloud Run, with a certificate that Google keeps."""

from dataclasses import dataclass

import pulumi
from pulumi_gcp import cloudrun, cloudrunv2

from components.domains import Record
from components.gcp.project import GcpProject


@dataclass(frozen=True, kw_only=True)
class RunDomainArgs:
    """A domain of one's own, which the account that deploys has shown to be its own."""

    project: GcpProject
    region: str
    domain: str
    """As ``shop.example.com``."""
    service: cloudrunv2.Service


class RunDomain(pulumi.ComponentResource):
    """The mapping: https://cloud.google.com/run/docs/mapping-custom-domains."""

    records: pulumi.Output[list[Record]]
    """What to set at the domain's name server."""

    def __init__(self, name: str, args: RunDomainArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("slipway:gcp:RunDomain", name, {}, opts)
        mapping = cloudrun.DomainMapping(
            name,
            project=args.project.project_id,
            location=args.region,
            name=args.domain,
            metadata={"namespace": args.project.project_id},
            spec={"route_name": args.service.name},
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.records = mapping.statuses.apply(
            lambda statuses: [
                Record(name=args.domain, type=record.type or "", value=record.rrdata or "")
                for status in statuses
                for record in status.resource_records or ()
            ]
        )
        self.register_outputs({"records": self.records})
