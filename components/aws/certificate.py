"""A certificate for a domain, which AWS issues once its owner has set a record, and renews as long as it stands."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import pulumi
from pulumi_aws import acm

from components.domains import Record

PATIENCE = "30m"
"""How long the record is waited for; the next `up` waits again."""


@dataclass(frozen=True, kw_only=True)
class CertificateArgs:
    """A domain of one's own."""

    domain: str
    """As ``shop.example.com``."""
    awaited: bool = False
    """Whether the record is not known to be set yet: it is then told while it is waited for."""
    labels: Mapping[str, str] = field(default_factory=dict)


class Certificate(pulumi.ComponentResource):
    """A certificate that is issued: https://docs.aws.amazon.com/acm/latest/userguide/dns-validation.html."""

    arn: pulumi.Output[str]
    """There once it is issued."""
    records: pulumi.Output[list[Record]]
    """What shows that the domain is its owner's."""

    def __init__(self, name: str, args: CertificateArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("slipway:aws:Certificate", name, {}, opts)
        requested = acm.Certificate(
            name,
            domain_name=args.domain,
            validation_method="DNS",
            tags=dict(args.labels),
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.records = requested.domain_validation_options.apply(
            lambda options: [
                Record(
                    name=(one.resource_record_name or "").rstrip("."),
                    type=one.resource_record_type or "",
                    value=(one.resource_record_value or "").rstrip("."),
                )
                for one in options
            ]
        )
        if args.awaited and not pulumi.runtime.is_dry_run():
            self.records.apply(lambda records: _tell(args.domain, records))
        validation = acm.CertificateValidation(
            name,
            certificate_arn=requested.arn,
            opts=pulumi.ResourceOptions(parent=self, custom_timeouts=pulumi.CustomTimeouts(create=PATIENCE)),
        )
        self.arn = validation.certificate_arn
        self.register_outputs({"arn": self.arn, "records": self.records})


def _tell(domain: str, records: list[Record]) -> None:
    for record in records:
        pulumi.log.info(
            f"the certificate of {domain} waits for a record at its name server, {PATIENCE} at most: "
            f"{record['name']} {record['type']} {record['value']}"
        )
