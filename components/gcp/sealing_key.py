"""The key in Google Cloud that seals stacks' secrets: rotated, protected, granted to who seals and who only reads."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pulumi
from pulumi_gcp import kms

from components.gcp.project import GcpProject

ROTATION = "7776000s"
"""90 days; what was sealed before is opened with the older version, which stays."""


@dataclass(frozen=True, kw_only=True)
class GcpSealingKeyArgs:
    """A key of a project."""

    project: GcpProject
    location: str
    sealers: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)
    """Who may seal and open, by a name for the grant."""
    readers: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)
    """Who may open alone."""
    labels: Mapping[str, str] = field(default_factory=dict)


class GcpSealingKey(pulumi.ComponentResource):
    """A symmetric key; its address is what ``--secrets-provider`` takes."""

    secrets_provider: pulumi.Output[str]

    def __init__(self, name: str, args: GcpSealingKeyArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("slipway:gcp:SealingKey", name, {}, opts)
        ring = kms.KeyRing(
            name,
            name=name,
            project=args.project.project_id,
            location=args.location,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[args.project.api("cloudkms.googleapis.com")]),
        )
        key = kms.CryptoKey(
            f"{name}-stacks",
            name="stacks",
            key_ring=ring.id,
            rotation_period=ROTATION,
            deletion_policy="PREVENT",
            labels=dict(args.labels),
            # Without it no stack's secrets can be read again.
            opts=pulumi.ResourceOptions(parent=self, protect=True),
        )
        self._grant(name, key, "cryptoKeyEncrypterDecrypter", args.sealers)
        self._grant(name, key, "cryptoKeyDecrypter", args.readers)
        self.secrets_provider = pulumi.Output.concat("gcpkms://", key.id)
        self.register_outputs({"secrets_provider": self.secrets_provider})

    def _grant(
        self, name: str, key: kms.CryptoKey, role: str, members: Mapping[str, pulumi.Input[str]]
    ) -> Sequence[kms.CryptoKeyIAMMember]:
        return [
            kms.CryptoKeyIAMMember(
                f"{name}-{who}",
                crypto_key_id=key.id,
                role=f"roles/cloudkms.{role}",
                member=member,
                opts=pulumi.ResourceOptions(parent=self),
            )
            for who, member in members.items()
        ]
