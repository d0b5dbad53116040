"""What an app's role may do beside using what is its own: an inline policy for each grant."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
from pulumi_aws import iam

from components.aws.policies import account_of, policy


@dataclass(frozen=True, kw_only=True)
class Right:
    """Actions on one thing."""

    actions: Sequence[str]
    resource: pulumi.Input[str]
    """An ARN, in which ``{partition}`` and ``{account}`` stand for the role's own; or ``*``."""
    below: Sequence[str] = ()
    """Actions on what is in it, as a bucket's objects."""

    def __post_init__(self) -> None:
        if not self.actions and not self.below:
            raise ValueError("a right needs an action, got none")
        if wide := [action for action in (*self.actions, *self.below) if "*" in action]:
            raise ValueError(f"a right names its actions, got {', '.join(wide)}")


def allow(name: str, role: iam.Role, rights: Mapping[str, Right], opts: pulumi.ResourceOptions) -> list[iam.RolePolicy]:
    """Give a role its grants, by their names."""
    return [
        iam.RolePolicy(
            f"{name}-may-{grant}",
            role=role.name,
            policy=pulumi.Output.all(role.arn, right.resource).apply(
                lambda arns, right=right: _document(right, *map(str, arns))
            ),
            opts=opts,
        )
        for grant, right in rights.items()
    ]


def _document(right: Right, role: str, resource: str) -> str:
    arn = resource.replace("{partition}", role.split(":")[1]).replace("{account}", account_of(role))
    statements = ((right.actions, arn), (right.below, f"{arn}/*"))
    return policy(
        *({"Effect": "Allow", "Action": sorted(actions), "Resource": where} for actions, where in statements if actions)
    )
