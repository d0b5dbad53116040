"""Cloud Storage: buckets can not become public, have no access lists, and keep versions."""

from collections.abc import Iterator

from policy.model import Context, Resource, rule
from policy.values import fault, readable


@rule(
    "gcp-bucket-public-access-prevention",
    source="Checkov CKV_GCP_114",
    remedy="Set publicAccessPrevention to enforced.",
    types=("gcp:storage/bucket:Bucket",),
)
def public_access_prevention(bucket: Resource, context: Context) -> Iterator[str]:
    """Cloud Storage buckets enforce public access prevention.

    A later grant to allUsers is refused by the cloud instead of taking effect.

    Public access prevention is enforced by the bucket itself, whatever the organization says.
    """
    value = bucket.get("publicAccessPrevention")
    if readable(value) and value != "enforced":
        yield fault("publicAccessPrevention", value, "'enforced'")


@rule(
    "gcp-bucket-uniform-access",
    source="Checkov CKV_GCP_29",
    remedy="Set uniformBucketLevelAccess to true and grant roles on the bucket.",
    types=("gcp:storage/bucket:Bucket",),
)
def uniform_access(bucket: Resource, context: Context) -> Iterator[str]:
    """Cloud Storage buckets use uniform access.

    An ACL on a single object stays unnoticed until it leaks.

    Access is by IAM alone, never by the ACL of an object.
    """
    value = bucket.get("uniformBucketLevelAccess")
    if readable(value) and value is not True:
        yield fault("uniformBucketLevelAccess", value, "true")


@rule(
    "gcp-bucket-versioned",
    source="Checkov CKV_GCP_78",
    remedy="Set versioning.enabled to true and bound its cost by a lifecycle rule.",
    types=("gcp:storage/bucket:Bucket",),
)
def versioned(bucket: Resource, context: Context) -> Iterator[str]:
    """Cloud Storage buckets keep versions.

    An overwritten or deleted artifact can be brought back.

    Overwritten objects are kept.
    """
    value = bucket.get("versioning.enabled")
    if readable(value) and value is not True:
        yield fault("versioning.enabled", value, "true")


RULES = (public_access_prevention, uniform_access, versioned)
