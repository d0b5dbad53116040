"""A role that a pipeline's job takes on, in one environment of one repository, without a key."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pulumi
from pulumi_aws import iam

from components.github import GithubRepository

HOST = "token.actions.githubusercontent.com"
AUDIENCE = "sts.amazonaws.com"


@dataclass(frozen=True, kw_only=True)
class PipelineRoleArgs:
    """Who may take it on, and what it may do."""

    role_name: str
    provider: pulumi.Input[str]
    """The ARN of the account's OIDC provider for GitHub."""
    repository: GithubRepository
    workflows: Sequence[str]
    """Which workflows' jobs may take it on, as tokens name them (``job_workflow_ref``); ``*`` stands for any text."""
    environments: Sequence[str]
    """GitHub's environments whose jobs may take it on."""
    statements: Sequence[Mapping[str, Any]]
    """What it may do, as statements of an IAM policy."""
    more: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)
    """Further statements, by the last word of the name of a policy of their own: a role's inline policies may have
    10,240 characters together, a policy 6,144:
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html."""
    managed: Sequence[str] = ()
    """ARNs of Amazon's own policies."""
    labels: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if wrong := [name for name in self.environments if not re.fullmatch(r"[\w.-]+", name)]:
            raise ValueError(f"an environment is named exactly, without wildcards, got {wrong[0]!r}")
        if not self.environments:
            raise ValueError(f"no job may take on {self.role_name}: name an environment")
        if not self.workflows:
            raise ValueError(f"no job may take on {self.role_name}: name a workflow")


class PipelineRole(pulumi.ComponentResource):
    """The role and its permissions."""

    arn: pulumi.Output[str]

    def __init__(self, name: str, args: PipelineRoleArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("slipway:aws:PipelineRole", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        role = iam.Role(
            name,
            name=args.role_name,
            description=f"jobs of {args.repository.name} in {', '.join(args.environments)}",
            assume_role_policy=pulumi.Output.from_input(args.provider).apply(lambda arn: _trust(arn, args)),
            max_session_duration=3600,
            tags=dict(args.labels),
            opts=child,
        )
        for arn in args.managed:
            iam.RolePolicyAttachment(f"{name}-{arn.rpartition('/')[2]}", role=role.name, policy_arn=arn, opts=child)
        for word, statements in args.more.items():
            policy = iam.Policy(
                f"{name}-{word}",
                name=f"{args.role_name}-{word}",
                policy=pulumi.Output.json_dumps({"Version": "2012-10-17", "Statement": list(statements)}),
                tags=dict(args.labels),
                opts=child,
            )
            iam.RolePolicyAttachment(f"{name}-{word}", role=role.name, policy_arn=policy.arn, opts=child)
        iam.RolePolicy(
            f"{name}-may",
            role=role.name,
            policy=pulumi.Output.json_dumps({"Version": "2012-10-17", "Statement": list(args.statements)}),
            opts=child,
        )
        self.arn = role.arn
        self.register_outputs({"arn": self.arn})


def _trust(provider: str, args: PipelineRoleArgs) -> str:
    """Audience, subject and repository compared exactly: the issuer signs tokens for every repository there is.

    AWS has conditions on the further claims since January 2026:
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html.
    """
    subjects = [subject for environment in args.environments for subject in args.repository.subjects(environment)]
    statement = {
        "Effect": "Allow",
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Principal": {"Federated": provider},
        "Condition": {
            "StringEquals": {
                f"{HOST}:aud": AUDIENCE,
                f"{HOST}:sub": subjects,
                f"{HOST}:repository_id": args.repository.id,
            },
            "StringLike": {f"{HOST}:job_workflow_ref": list(args.workflows)},
        },
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})
