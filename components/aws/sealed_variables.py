"""Sealed variables of an app as secrets of Secrets Manager, which its role alone may read."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import pulumi
from pulumi_aws import iam, secretsmanager

from components.aws.policies import policy


@dataclass(frozen=True, kw_only=True)
class SealedVariablesArgs:
    """Values, and who may read them."""

    prefix: str
    """Before each variable's name: the secrets' names, unique in the account and region."""
    values: Mapping[str, pulumi.Output[str]]
    """By variable."""
    labels: Mapping[str, str] = field(default_factory=dict)


class SealedVariables(pulumi.ComponentResource):
    """A secret a variable. Another value is another version, which the secret gives from then on."""

    arns: dict[str, pulumi.Output[str]]
    """By variable, known once the secret has its value."""

    def __init__(self, name: str, args: SealedVariablesArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("slipway:aws:SealedVariables", name, {}, opts)
        self.name, self._args = name, args
        self.arns = {variable: self._seal(variable, value) for variable, value in sorted(args.values.items())}
        self.register_outputs({})

    def _seal(self, variable: str, value: pulumi.Output[str]) -> pulumi.Output[str]:
        args, name = self._args, f"{self.name}-{variable.lower().replace('_', '-')}"
        secret = secretsmanager.Secret(
            name,
            name=f"{args.prefix}-{variable}",
            # What is sealed is in the stack's file too: the secret holds nothing that would be lost, and its name is
            # free at once.
            recovery_window_in_days=0,
            tags=dict(args.labels),
            opts=pulumi.ResourceOptions(parent=self),
        )
        version = secretsmanager.SecretVersion(
            name,
            secret_id=secret.arn,
            secret_string=pulumi.Output.secret(value),
            opts=pulumi.ResourceOptions(parent=self),
        )
        return version.secret_arn

    def readable_by(self, role: iam.Role) -> iam.RolePolicy:
        """Let a role read these secrets, and no other."""
        arns = pulumi.Output.all(*self.arns.values())
        allowed = arns.apply(
            lambda all_arns: policy(
                {"Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": sorted(all_arns)}
            )
        )
        return iam.RolePolicy(
            f"{self.name}-may-read", role=role.name, policy=allowed, opts=pulumi.ResourceOptions(parent=self)
        )
