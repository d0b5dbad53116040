"""Private S3 bucket: versioned, encrypted, never public."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import pulumi
from pulumi_aws import s3


@dataclass(frozen=True, kw_only=True)
class PrivateS3BucketArgs:
    """A bucket of one account and region."""

    bucket_name: str | None = None
    """The name, unique in all of S3; None: the component's name and a random suffix."""
    labels: Mapping[str, str] = field(default_factory=dict)
    ephemeral: bool = False
    """Whether the bucket may be deleted with what is in it."""


class PrivateS3Bucket(pulumi.ComponentResource):
    """A bucket the public cannot read."""

    bucket_name: pulumi.Output[str]
    ready: list[pulumi.Resource]
    """What an upload has to wait for, so that nothing is in the bucket before it is closed and encrypted."""

    def __init__(self, name: str, args: PrivateS3BucketArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("slipway:aws:PrivateS3Bucket", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        bucket = s3.Bucket(
            name,
            bucket=args.bucket_name,
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
        self.bucket_name, self.ready = bucket.bucket, [closed, versioned, encrypted]
        self.register_outputs({"bucket_name": self.bucket_name})
