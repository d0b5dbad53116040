"""A domain that leads to an App Engine application, with a certificate that Google keeps."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import pulumi
from pulumi_gcp import appengine

from components.domains import Record
from components.gcp.project import GcpProject


@dataclass(frozen=True, kw_only=True)
class AppEngineDomainArgs:
    """A domain of one's own, which the account that deploys has shown to be its own."""

    project: GcpProject
    domain: str
    """As ``shop.example.com``."""
    after: pulumi.Resource
    """What has to serve first."""


class AppEngineDomain(pulumi.ComponentResource):
    """The mapping: https://cloud.google.com/appengine/docs/standard/mapping-custom-domains."""

    records: pulumi.Output[list[Record]]
    """What to set at the domain's name server."""

    def __init__(self, name: str, args: AppEngineDomainArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("slipway:gcp:AppEngineDomain", name, {}, opts)
        mapping = appengine.DomainMapping(
            name,
            project=args.project.project_id,
            domain_name=args.domain,
            # One that leads to another application stays there: taking it over is for its owner to say.
            override_strategy="STRICT",
            ssl_settings={"ssl_management_type": "AUTOMATIC"},
            opts=pulumi.ResourceOptions(parent=self, depends_on=[args.after]),
        )
        self.records = mapping.resource_records.apply(
            lambda records: [
                Record(name=args.domain, type=record.type or "", value=record.rrdata or "") for record in records
            ]
        )
        self.register_outputs({"records": self.records})


@dataclass(frozen=True, kw_only=True)
class DispatchArgs:
    """Which services answer for which domains; ``default`` answers for all others."""

    project: GcpProject
    services: Mapping[str, str]
    """Domain -> service."""
    after: list[pulumi.Resource] = field(default_factory=list)
    """The services, which have to be there."""


class Dispatch(pulumi.ComponentResource):
    """An application's one list of dispatch rules: https://cloud.google.com/appengine/docs/standard/reference/dispatch-yaml."""

    def __init__(self, name: str, args: DispatchArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("slipway:gcp:Dispatch", name, {}, opts)
        appengine.ApplicationUrlDispatchRules(
            name,
            project=args.project.project_id,
            dispatch_rules=[
                {"domain": domain, "path": "/*", "service": service}
                for domain, service in sorted(args.services.items())
            ],
            opts=pulumi.ResourceOptions(parent=self, depends_on=args.after),
        )
        self.register_outputs({})
