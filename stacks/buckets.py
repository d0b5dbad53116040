"""The buckets of apps' own, and what tells the apps where they are."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import pulumi

from stacks.model import Settings
from stacks.platforms import AnyApp

if TYPE_CHECKING:
    from components.aws.bucket import PrivateS3Bucket
    from components.gcp.bucket import PrivateBucket
    from components.gcp.project import GcpProject


def amazon_bucket(settings: Settings, name: str, app: AnyApp) -> "PrivateS3Bucket | None":
    """The bucket of an app on AWS; None where it has none."""
    if not app.bucket:
        return None
    from components.aws.bucket import PrivateS3Bucket, PrivateS3BucketArgs

    # Called after its stack, so that the pipeline of another environment has no right to it.
    args = PrivateS3BucketArgs(labels=settings.labels, ephemeral=settings.policy.ephemeral)
    return PrivateS3Bucket(f"{pulumi.get_project()}-{settings.stack}-{name}-{app.bucket}", args)


def amazon_buckets(settings: Settings) -> "dict[str, PrivateS3Bucket]":
    """The buckets of the apps on AWS, by app."""
    of_apps = {name: amazon_bucket(settings, name, app) for name, app in settings.apps.items() if app.cloud == "aws"}
    return {name: bucket for name, bucket in of_apps.items() if bucket}


def google_bucket(
    settings: Settings, project: "GcpProject", region: str, name: str, app: AnyApp
) -> "PrivateBucket | None":
    """The bucket of an app on Google Cloud; None where it has none."""
    if not app.bucket:
        return None
    from components.gcp.bucket import PrivateBucket, PrivateBucketArgs

    args = PrivateBucketArgs(
        project=project, location=region, labels=settings.labels, ephemeral=settings.policy.ephemeral
    )
    return PrivateBucket(f"{name}-{app.bucket}", args)


def variables_of(app: AnyApp, bucket: "PrivateS3Bucket | PrivateBucket | None") -> dict[str, pulumi.Output[str]]:
    """What tells the app its bucket's name."""
    return {app.bucket_variable: bucket.bucket_name} if bucket else {}


def fingerprint_of(settings: Settings, name: str, app: AnyApp) -> str:
    """What changes when the variables do that a version's id cannot hold: sealed ones, a bucket's name, a database."""
    parts = [
        settings.fingerprints.get(name, ""),
        f"bucket {app.bucket}" if app.bucket else "",
        f"database {app.database}" if app.database else "",
    ]
    return " ".join(filter(None, parts))


def sealed_and(settings: Settings, name: str, more: Mapping[str, pulumi.Output[str]]) -> dict[str, pulumi.Output[str]]:
    """The variables of an app that are Outputs: sealed ones, and ``more``."""
    return {**settings.secrets.get(name, {}), **more}
