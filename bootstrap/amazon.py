"""What pipelines stand on in AWS: who their jobs are, and what they may do."""

import json
from dataclasses import dataclass

import pulumi
from pulumi_aws import iam, s3

from bootstrap import permissions
from bootstrap.settings import Settings
from components.aws.bucket import PrivateS3Bucket, PrivateS3BucketArgs
from components.aws.budget import AwsBudget, AwsBudgetArgs
from components.aws.pipeline_role import AUDIENCE, HOST, PipelineRole, PipelineRoleArgs
from components.aws.sealing_key import AwsSealingKey, AwsSealingKeyArgs

COPIED = ("dev", "staging")
"""The environments whose labels throw-away copies carry."""


@dataclass(frozen=True)
class States:
    """Where states and key are."""

    bucket: pulumi.Output[str]
    """The bucket's name."""
    key: pulumi.Output[str]
    """The key's ARN."""
    backend: pulumi.Output[str]
    """As ``pulumi login`` takes it."""
    secrets_provider: pulumi.Output[str]


def on_amazon(settings: Settings, states: States | None) -> dict[str, pulumi.Output[str]]:
    """Declare trust and roles; the roles' ARNs by environment. ``states``: where they are kept here."""
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
    roles = {
        name: PipelineRole(
            f"deploy-{name}",
            PipelineRoleArgs(
                role_name=f"slipway-deploy-{name}",
                provider=provider.arn,
                repository=settings.repository,
                environments=[name],
                statements=[
                    *permissions.deploys(
                        settings.aws.account,
                        "slipway-demo-" if name == "demo" else f"slipway-{name}",
                        COPIED if name == "demo" else [name],
                    ),
                    *_kept(states, write=True),
                ],
                labels=settings.labels,
            ),
        ).arn
        for name in settings.environments
    }
    previewed = [f"preview-{name}" for name in settings.environments if name != "demo"]
    preview = PipelineRole(
        "preview",
        PipelineRoleArgs(
            role_name="slipway-preview",
            provider=provider.arn,
            repository=settings.repository,
            environments=previewed,
            statements=[*permissions.reads(settings.aws.account, "slipway-"), *_kept(states, write=False)],
            labels=settings.labels,
        ),
    )
    return {**roles, **dict.fromkeys(previewed, preview.arn)}


def states_on_amazon(settings: Settings) -> States:
    """The bucket of states, which takes encrypted connections alone, and the key."""
    bucket = PrivateS3Bucket(
        "states",
        PrivateS3BucketArgs(bucket_name=f"slipway-states-{settings.aws.account}", labels=settings.labels),
    )
    s3.BucketPolicy(
        "states-encrypted-in-transit",
        bucket=bucket.bucket_name,
        policy=bucket.bucket_name.apply(_encrypted_in_transit),
        opts=pulumi.ResourceOptions(parent=bucket, depends_on=bucket.ready),
    )
    key = AwsSealingKey(
        "sealing", AwsSealingKeyArgs(alias="slipway-stacks", region=settings.aws.region, labels=settings.labels)
    )
    backend = pulumi.Output.concat("s3://", bucket.bucket_name, f"?region={settings.aws.region}")
    return States(bucket.bucket_name, key.arn, backend, key.secrets_provider)


def _kept(states: States | None, *, write: bool) -> list[permissions.Statement]:
    if states is None:
        return []
    arn = pulumi.Output.concat("arn:aws:s3:::", states.bucket)
    return permissions.states(arn, states.key, write=write)


def _encrypted_in_transit(bucket: str) -> str:
    statement = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})
