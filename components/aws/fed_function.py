"""A function that events call: what each of them needs to know of it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
from pulumi_aws import iam, lambda_, sqs

from components.aws.policies import policy

DEAD_DAYS = 14
"""How long a message that failed is kept (days): SQS's most."""


@dataclass(frozen=True, kw_only=True)
class FedFunction:
    """A function by its alias and role, and the component that its events belong to."""

    name: str
    """How the names of the component's children begin."""
    function_name: str
    alias: lambda_.Alias
    role: iam.Role
    timeout: int
    """Seconds."""
    labels: Mapping[str, str]
    parent: pulumi.Resource

    def child(self, depends_on: Sequence[pulumi.Resource] = ()) -> pulumi.ResourceOptions:
        """The options of a child of the component."""
        return pulumi.ResourceOptions(parent=self.parent, depends_on=list(depends_on))

    def dead_letters(self, name: str, queue_name: str) -> sqs.Queue:
        """A queue for what failed too often."""
        return sqs.Queue(
            f"{name}-dead",
            name=f"{queue_name}-dead",
            message_retention_seconds=DEAD_DAYS * 86_400,
            sqs_managed_sse_enabled=True,
            tags=dict(self.labels),
            opts=self.child(),
        )

    def may(self, name: str, arns: Mapping[str, Sequence[str]], *resources: pulumi.Output[str]) -> iam.RolePolicy:
        """Let the function's role do the actions of ``arns`` on the resources, in the same order."""
        return iam.RolePolicy(
            name,
            role=self.role.name,
            policy=pulumi.Output.all(*resources).apply(
                lambda known: policy(
                    *(
                        {"Effect": "Allow", "Action": list(actions), "Resource": arn}
                        for actions, arn in zip(arns.values(), known, strict=True)
                    )
                )
            ),
            opts=self.child(),
        )


def redrive(dead: sqs.Queue, retries: int) -> pulumi.Output[str]:
    """The policy that sends to ``dead`` what was tried too often."""
    return dead.arn.apply(lambda arn: json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": retries + 1}))
