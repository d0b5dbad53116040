"""Private Cloud Storage bucket: versioned, uniform access, never public."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import pulumi
from pulumi_gcp import storage

from components.gcp.project import GcpProject
from components.names import refused_bucket

NONCURRENT_DAYS = 30
"""How long an overwritten or deleted object can be brought back (days)."""


@dataclass(frozen=True, kw_only=True)
class PrivateBucketArgs:
    """A bucket in a project."""

    project: GcpProject
    location: str
    """A region, as ``us-central1``."""
    bucket_name: pulumi.Input[str] | None = None
    """The name, unique in all of Cloud Storage; None: ``<project id>-<component's name>``."""
    expire_after_days: int | None = None
    """Delete objects this old (days); None keeps them."""
    expire_below: Mapping[str, int] = field(default_factory=dict)
    """Delete objects whose names begin so when they are this old (days)."""
    labels: Mapping[str, str] = field(default_factory=dict)
    ephemeral: bool = False
    """Whether the bucket may be deleted with what is in it."""

    def __post_init__(self) -> None:
        if self.expire_after_days is not None and self.expire_after_days < 1:
            raise ValueError(f"expire_after_days must be 1 or more, got {self.expire_after_days}")
        if wrong := {prefix: days for prefix, days in self.expire_below.items() if not prefix or days < 1}:
            raise ValueError(f"expire_below must be days (1 or more) by how names begin, got {wrong}")
        if isinstance(self.bucket_name, str) and (wrong := refused_bucket(self.bucket_name)):
            raise ValueError(wrong)


class PrivateBucket(pulumi.ComponentResource):
    """A bucket the public cannot read."""

    bucket_name: pulumi.Output[str]
    url: pulumi.Output[str]

    def __init__(self, name: str, args: PrivateBucketArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("slipway:gcp:PrivateBucket", name, {}, opts)
        bucket = storage.Bucket(
            name,
            name=args.bucket_name or pulumi.Output.concat(args.project.project_id, "-", name),
            project=args.project.project_id,
            location=args.location.upper(),
            uniform_bucket_level_access=True,
            public_access_prevention="enforced",
            versioning={"enabled": True},
            lifecycle_rules=_lifecycle(args.expire_after_days, args.expire_below),
            # Deleted objects linger for a week by default, and are paid for.
            soft_delete_policy={"retention_duration_seconds": 0} if args.ephemeral else None,
            force_destroy=args.ephemeral,
            labels=dict(args.labels),
            opts=pulumi.ResourceOptions(
                parent=self, protect=not args.ephemeral, depends_on=[args.project.api("storage.googleapis.com")]
            ),
        )
        self.bucket_name, self.url = bucket.name, bucket.url
        self.register_outputs({"bucket_name": self.bucket_name, "url": self.url})


def may_use(
    name: str, bucket: PrivateBucket, member: pulumi.Input[str], opts: pulumi.ResourceOptions
) -> storage.BucketIAMMember:
    """Let an identity read, write and list what is in a bucket, and nothing else."""
    return storage.BucketIAMMember(
        f"{name}-bucket-user", bucket=bucket.bucket_name, role="roles/storage.objectUser", member=member, opts=opts
    )


def _lifecycle(
    expire_after_days: int | None, expire_below: Mapping[str, int]
) -> list[storage.BucketLifecycleRuleArgsDict]:
    rules: list[storage.BucketLifecycleRuleArgsDict] = [
        {"action": {"type": "Delete"}, "condition": {"days_since_noncurrent_time": NONCURRENT_DAYS}},
        {"action": {"type": "AbortIncompleteMultipartUpload"}, "condition": {"age": 1}},
    ]
    if expire_after_days is not None:
        rules.append({"action": {"type": "Delete"}, "condition": {"age": expire_after_days}})
    for prefix, days in sorted(expire_below.items()):
        rules.append({"action": {"type": "Delete"}, "condition": {"age": days, "matches_prefixes": [prefix]}})
    return rules
