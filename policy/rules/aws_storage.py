"""S3: what a bucket needs stands in resources beside it, so these rules look at the stack."""

from collections.abc import Iterator

from policy.model import Context, Resource, StackFault, stack_rule
from policy.values import fault, readable

BUCKETS = ("aws:s3/bucket:Bucket", "aws:s3/bucketV2:BucketV2")
ACCESS_BLOCK = ("aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",)
ACCOUNT_BLOCK = "aws:s3/accountPublicAccessBlock:AccountPublicAccessBlock"
"""The block of a whole account: a flag that is left out is turned off."""
ENCRYPTION = (
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
    "aws:s3/bucketServerSideEncryptionConfigurationV2:BucketServerSideEncryptionConfigurationV2",
)
VERSIONING = ("aws:s3/bucketVersioning:BucketVersioning", "aws:s3/bucketVersioningV2:BucketVersioningV2")
FLAGS = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")


@stack_rule(
    "aws-s3-public-access-blocked",
    source="Checkov CKV2_AWS_6",
    remedy="Declare a BucketPublicAccessBlock for the bucket with its four flags true.",
)
def public_access_blocked(resources: tuple[Resource, ...], context: Context) -> Iterator[StackFault]:
    """S3 buckets block public access.

    A bucket without the block becomes public by one wrong policy or ACL.

    Every bucket, and the account where it is declared, has a public access block with all four flags on.
    """
    for account in (resource for resource in resources if resource.type == ACCOUNT_BLOCK):
        yield from ((account, fault(flag, False, "true")) for flag in FLAGS if account.get(flag, False) is False)
    for bucket, beside in _with(resources, ACCESS_BLOCK):
        if beside is None:
            yield bucket, fault("its BucketPublicAccessBlock", None, "one, with all four flags true")
            continue
        for flag in FLAGS:
            value = beside.get(flag, False)
            if not readable(value):
                yield beside, f"{flag} is not known until deployed, and could be false; allowed: true"
            elif value is not True:
                yield beside, fault(flag, value, "true")


@stack_rule(
    "aws-s3-encrypted",
    source="Checkov CKV_AWS_19",
    remedy="Declare a BucketServerSideEncryptionConfiguration for the bucket.",
)
def encrypted(resources: tuple[Resource, ...], context: Context) -> Iterator[StackFault]:
    """S3 buckets say how they encrypt.

    A review shows when a declared encryption changes; it cannot show that Amazon's default changes.

    Every bucket names how it encrypts.
    """
    for bucket, beside in _with(resources, ENCRYPTION):
        if beside is None and bucket.get("serverSideEncryptionConfiguration") is None:
            yield bucket, fault("its BucketServerSideEncryptionConfiguration", None, "one, with AES256 or aws:kms")


@stack_rule(
    "aws-s3-versioned",
    source="Checkov CKV_AWS_21",
    remedy="Declare a BucketVersioning for the bucket with status Enabled.",
)
def versioned(resources: tuple[Resource, ...], context: Context) -> Iterator[StackFault]:
    """S3 buckets keep versions.

    An overwritten or deleted artifact can be brought back.

    Every bucket keeps the versions of its objects.
    """
    for bucket, beside in _with(resources, VERSIONING):
        own = bucket.get("versioning.enabled")
        status = ("Enabled" if own is True else own) if beside is None else beside.get("versioningConfiguration.status")
        if readable(status) and status != "Enabled":
            yield beside or bucket, fault("the status of its BucketVersioning", status, "'Enabled'")


def _with(resources: tuple[Resource, ...], types: tuple[str, ...]) -> Iterator[tuple[Resource, Resource | None]]:
    """Each bucket with the resource of `types` that belongs to it; one resource belongs to one bucket.

    A resource whose bucket is not known yet may belong to any, and excuses one of them.
    """
    beside = [resource for resource in resources if resource.type in types]
    buckets = [resource for resource in resources if resource.type in BUCKETS]
    pairs: dict[str, Resource] = {}
    for certain in (True, False):
        for bucket in buckets:
            free = [one for one in beside if all(one is not other for other in pairs.values())]
            match = next((one for one in free if _belongs(one, bucket, certain=certain)), None)
            if match is not None and bucket.urn not in pairs:
                pairs[bucket.urn] = match
    yield from ((bucket, pairs.get(bucket.urn)) for bucket in buckets)


def _belongs(one: Resource, bucket: Resource, *, certain: bool) -> bool:
    if not one.may_belong_to(bucket, "bucket"):
        return False
    actions = bool(one.property_dependencies.get("bucket")) or readable(one.get("bucket"))
    return actions or not certain


RULES = (
    public_access_blocked,
    encrypted,
    versioned,
)
