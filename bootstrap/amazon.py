"""What pipelines stand on in AWS: who their jobs are, and what they may do."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
from pulumi_aws import iam, s3

from bootstrap import permissions
from bootstrap.declared import COPIED, declared_by
from bootstrap.settings import OWN, Settings
from components.aws.bucket import PrivateS3Bucket, PrivateS3BucketArgs, account_regional
from components.aws.budget import AwsBudget, AwsBudgetArgs
from components.aws.pipeline_role import AUDIENCE, HOST, PipelineRole, PipelineRoleArgs
from components.aws.sealing_key import AwsSealingKey, AwsSealingKeyArgs
from slipway.catalog.regions import partition_of

DEPLOYING = ("deploy-stack.yml", "destroy.yml")
"""The workflow files whose jobs deploy."""
PREVIEWING = ("deploy-stack.yml", "destroy.yml", "review.yml")
"""The workflow files whose jobs preview; where pull requests may, on any branch and pull request of the repository."""


@dataclass(frozen=True)
class States:
    """Where the states of an environment and the key that seals their secrets are."""

    bucket: pulumi.Output[str]
    """The bucket's name."""
    arn: pulumi.Output[str]
    """The bucket's ARN."""
    key: pulumi.Output[str]
    """The key's ARN."""
    backend: pulumi.Output[str]
    """As ``pulumi login`` takes it."""
    secrets_provider: pulumi.Output[str]


def on_amazon(settings: Settings, states: Mapping[str, States]) -> dict[str, pulumi.Output[str]]:
    """Declare trust and roles; the roles' ARNs by environment. ``states``: by environment, if they are kept here."""
    AwsBudget(
        "account-budget",
        AwsBudgetArgs(
            budget_name="slipway-bootstrap",
            amount=settings.budget.amount,
            email=settings.budget.email,
            labels=settings.labels,
        ),
    )
    provider = iam.OpenIdConnectProvider(
        "github", url=f"https://{HOST}", client_id_lists=[AUDIENCE], tags=settings.labels
    )
    for name in settings.environments:
        _boundary(settings, name)
    deployers = {name: _deployer(settings, name, provider, states.get(name)) for name in settings.environments}
    previewers = {name: _previewer(settings, name, provider, states.get(name)) for name in settings.previewed}
    return {name: role.arn for name, role in deployers.items()} | {
        f"preview-{name}": role.arn for name, role in previewers.items()
    }


def states_on_amazon(settings: Settings) -> dict[str, States]:
    """By environment a bucket of states, which takes encrypted connections alone, and a key."""
    return {name: _states(settings, name) for name in (*settings.environments, OWN)}


def boundaries(settings: Settings) -> dict[str, str]:
    """By environment, the ARN of its roles' permissions boundary: its stacks' setting ``aws.permissions_boundary``."""
    kept = [name for name in settings.environments if name != "demo"]
    return {name: permissions.boundary_arn(_account(settings), name) for name in kept}


def _boundary(settings: Settings, name: str) -> None:
    """The most that roles of an environment's apps can be given; copies carry the labels and the boundary of theirs."""
    if name == "demo":
        return
    names = [f"slipway-{name}", *(["slipway-demo-"] if name in COPIED else [])]
    document = {"Version": "2012-10-17", "Statement": permissions.bounds(_account(settings), names)}
    iam.Policy(
        f"boundary-{name}",
        name=permissions.boundary_name(name),
        description=f"the most that a role of an app in {name} can be given",
        policy=json.dumps(document, sort_keys=True, separators=(",", ":")),
        tags=settings.labels,
    )


def _deployer(
    settings: Settings, name: str, provider: iam.OpenIdConnectProvider, states: States | None
) -> PipelineRole:
    named = "slipway-demo-" if name == "demo" else f"slipway-{name}"
    environments = COPIED if name == "demo" else (name,)
    types = declared_by(environments).types
    return PipelineRole(
        f"deploy-{name}",
        PipelineRoleArgs(
            role_name=f"slipway-deploy-{name}",
            provider=provider.arn,
            repository=settings.github,
            workflows=settings.github.workflows(DEPLOYING, f"refs/heads/{settings.branch}"),
            environments=[name],
            statements=[
                *permissions.deploys(_account(settings), named, environments, types),
                *_of_states(states, write=True),
            ],
            more=(
                {"machines": permissions.machines(_account(settings), named)}
                if permissions.BEANSTALK_ENVIRONMENT in types
                else {}
            ),
            labels=settings.labels,
        ),
    )


def _previewer(
    settings: Settings, name: str, provider: iam.OpenIdConnectProvider, states: States | None
) -> PipelineRole:
    return PipelineRole(
        f"preview-{name}",
        PipelineRoleArgs(
            role_name=f"slipway-preview-{name}",
            provider=provider.arn,
            repository=settings.github,
            workflows=(
                settings.github.workflows(DEPLOYING, f"refs/heads/{settings.branch}")
                if name in settings.closed
                else settings.github.workflows(PREVIEWING, "refs/*")
            ),
            environments=[f"preview-{name}"],
            statements=[
                *permissions.reads(_account(settings), f"slipway-{name}", [name], declared_by([name]).types),
                *_of_states(states, write=False),
            ],
            labels=settings.labels,
        ),
    )


def _states(settings: Settings, name: str) -> States:
    bucket = PrivateS3Bucket(
        f"states-{name}",
        PrivateS3BucketArgs(
            bucket_name=_bucket_name(settings, name), namespace=settings.aws.bucket_namespace, labels=settings.labels
        ),
    )
    arn = bucket.bucket_name.apply(_account(settings).bucket_arn)
    s3.BucketPolicy(
        f"states-{name}-encrypted-in-transit",
        bucket=bucket.bucket_name,
        policy=arn.apply(_encrypted_in_transit),
        opts=pulumi.ResourceOptions(parent=bucket, depends_on=bucket.ready),
    )
    key = AwsSealingKey(
        f"sealing-{name}",
        AwsSealingKeyArgs(alias=f"slipway-stacks-{name}", region=settings.aws.region, labels=settings.labels),
    )
    backend = pulumi.Output.concat("s3://", bucket.bucket_name, f"?region={settings.aws.region}")
    return States(bucket.bucket_name, arn, key.arn, backend, key.secrets_provider)


def _of_states(states: States | None, *, write: bool) -> list[permissions.Statement]:
    if states is None:
        return []
    return permissions.states(states.arn, states.key, write=write)


def _account(settings: Settings) -> permissions.Account:
    return permissions.Account(id=settings.aws.account, partition=partition_of(settings.aws.region))


def _bucket_name(settings: Settings, name: str) -> str:
    """The name of an environment's bucket of states."""
    prefix, account = f"slipway-states-{name}", settings.aws.account
    if settings.aws.bucket_namespace == "global":
        return f"{prefix}-{account}"
    return account_regional(prefix, account, settings.aws.region)


def _encrypted_in_transit(arn: str) -> str:
    statement = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [arn, f"{arn}/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})
