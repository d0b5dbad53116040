"""The key in AWS that seals stacks' secrets: rotated, protected; the roles state who may use it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import pulumi
from pulumi_aws import kms

DELETION_WINDOW_DAYS = 30


@dataclass(frozen=True, kw_only=True)
class AwsSealingKeyArgs:
    """A key of an account and a region."""

    alias: str
    """What it is called, after ``alias/``."""
    region: str
    labels: Mapping[str, str] = field(default_factory=dict)


class AwsSealingKey(pulumi.ComponentResource):
    """A symmetric key; its address is what ``--secrets-provider`` takes."""

    arn: pulumi.Output[str]
    secrets_provider: pulumi.Output[str]

    def __init__(self, name: str, args: AwsSealingKeyArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("slipway:aws:SealingKey", name, {}, opts)
        key = kms.Key(
            name,
            description="seals the secrets of stacks",
            enable_key_rotation=True,
            deletion_window_in_days=DELETION_WINDOW_DAYS,
            tags=dict(args.labels),
            # Without it no stack's secrets can be read again.
            opts=pulumi.ResourceOptions(parent=self, protect=True),
        )
        kms.Alias(
            f"{name}-alias",
            name=f"alias/{args.alias}",
            target_key_id=key.key_id,
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.arn = key.arn
        self.secrets_provider = pulumi.Output.from_input(f"awskms://alias/{args.alias}?region={args.region}")
        self.register_outputs({"arn": self.arn, "secrets_provider": self.secrets_provider})
