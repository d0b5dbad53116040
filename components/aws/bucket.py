"""Private S3 bucket: versioned, encrypted, never public."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import pulumi
from pulumi_aws import s3

ACCOUNT_REGIONAL = re.compile(r"(?=.{3,63}$)[a-z0-9][a-z0-9-]*-\d{12}-[a-z]+(-[a-z]+)+-\d-an")


@dataclass(frozen=True, kw_only=True)
class PrivateS3BucketArgs:
    """A bucket of one account and region."""

    bucket_name: str | None = None
    """The name, unique in its namespace; None: the component's name and a random suffix."""
    namespace: Literal["global", "account-regional"] = "global"
    """Where the name is unique: in all of S3, or in one account and region, where no other account can take it.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/gpbucketnamespaces.html
    """
    labels: Mapping[str, str] = field(default_factory=dict)
    ephemeral: bool = False
    """Whether the bucket may be deleted with what is in it."""

    def __post_init__(self) -> None:
        if self.namespace == "account-regional" and not ACCOUNT_REGIONAL.fullmatch(self.bucket_name or ""):
            raise ValueError(
                f"bucket_name must be PREFIX-ACCOUNT-REGION-an in an account's regional namespace, got "
                f"{self.bucket_name!r}: see account_regional()"
            )


def account_regional(prefix: str, account: str, region: str) -> str:
    """The name of a bucket that only ``account`` can have in ``region``."""
    return f"{prefix}-{account}-{region}-an"


class PrivateS3Bucket(pulumi.ComponentResource):
    """A bucket the public cannot read."""

    bucket_name: pulumi.Output[str]
    arn: pulumi.Output[str]
    ready: list[pulumi.Resource]
    """What an upload has to wait for, so that nothing is in the bucket before it is closed and encrypted."""

    def __init__(self, name: str, args: PrivateS3BucketArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("slipway:aws:PrivateS3Bucket", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        bucket = s3.Bucket(
            name,
            bucket=args.bucket_name,
            bucket_namespace=None if args.namespace == "global" else args.namespace,
            force_destroy=args.ephemeral,
            tags=dict(args.labels),
            opts=pulumi.ResourceOptions(parent=self, protect=not args.ephemeral),
        )
        closed = s3.BucketPublicAccessBlock(
            f"{name}-closed",
            bucket=bucket.bucket,
            block_public_acls=True,
            block_public_policy=True,
            ignore_public_acls=True,
            restrict_public_buckets=True,
            opts=child,
        )
        versioned = s3.BucketVersioning(
            f"{name}-versioned",
            bucket=bucket.bucket,
            versioning_configuration={"status": "Enabled"},
            opts=child,
        )
        encrypted = s3.BucketServerSideEncryptionConfiguration(
            f"{name}-encrypted",
            bucket=bucket.bucket,
            rules=[{"apply_server_side_encryption_by_default": {"sse_algorithm": "AES256"}}],
            opts=child,
        )
        self.bucket_name, self.arn, self.ready = bucket.bucket, bucket.arn, [closed, versioned, encrypted]
        self.register_outputs({"bucket_name": self.bucket_name})
