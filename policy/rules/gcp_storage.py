"""Cloud Storage and Artifact Registry: nothing is public, buckets keep versions."""

from collections.abc import Iterator

from policy.grants import PUBLIC, grants
from policy.model import Context, Resource, Rule
from policy.values import fault, items, readable, text


def public_access_prevention(bucket: Resource, context: Context) -> Iterator[str]:
    """Public access prevention is enforced by the bucket itself, whatever the organization says."""
    given = bucket.get("publicAccessPrevention")
    if readable(given) and given != "enforced":
        yield fault("publicAccessPrevention", given, "'enforced'")


def uniform_access(bucket: Resource, context: Context) -> Iterator[str]:
    """Access is by IAM alone, never by the ACL of an object."""
    given = bucket.get("uniformBucketLevelAccess")
    if readable(given) and given is not True:
        yield fault("uniformBucketLevelAccess", given, "true")


def versioned(bucket: Resource, context: Context) -> Iterator[str]:
    """Overwritten objects are kept."""
    given = bucket.get("versioning.enabled")
    if readable(given) and given is not True:
        yield fault("versioning.enabled", given, "true")


def not_public(resource: Resource, context: Context) -> Iterator[str]:
    """No role goes to everybody, by IAM or by the ACLs of old."""
    for grant in grants(resource):
        if text(grant.member) and grant.member in PUBLIC:
            yield fault("a member", grant.member, "a service account, group or user by name")
    for entity in [resource.get("entity"), *items(resource.get("roleEntities"))]:
        if text(entity) and entity.rsplit(":", 1)[-1] in PUBLIC:
            yield fault("an entity", entity, "a service account, group or user by name")
    canned = resource.get("predefinedAcl")
    if text(canned) and canned.startswith(("public", "authenticatedRead")):
        yield fault("predefinedAcl", canned, "'private' or 'projectPrivate'")


RULES = (
    Rule(
        id="gcp-bucket-public-access-prevention",
        level="mandatory",
        title="Cloud Storage buckets enforce public access prevention",
        rationale="A later grant to allUsers is refused by the cloud instead of taking effect.",
        source="Checkov CKV_GCP_114",
        remedy="Set publicAccessPrevention to enforced.",
        types=("gcp:storage/bucket:Bucket",),
        check=public_access_prevention,
    ),
    Rule(
        id="gcp-bucket-uniform-access",
        level="mandatory",
        title="Cloud Storage buckets use uniform access",
        rationale="An ACL on a single object is seen by nobody until it leaks.",
        source="Checkov CKV_GCP_29",
        remedy="Set uniformBucketLevelAccess to true and grant roles on the bucket.",
        types=("gcp:storage/bucket:Bucket",),
        check=uniform_access,
    ),
    Rule(
        id="gcp-bucket-no-all-users",
        level="mandatory",
        title="No bucket or object is granted to everybody",
        rationale="allUsers is the whole internet; allAuthenticatedUsers is everyone with a Google account.",
        source="Checkov CKV_GCP_28",
        remedy="Name who reads the bucket; what is public goes behind a service.",
        types=(
            *("gcp:storage/bucketIAMMember:*", "gcp:storage/bucketIAMBinding:*", "gcp:storage/bucketIAMPolicy:*"),
            *("gcp:storage/managedFolderIam*", "gcp:storage/bucketACL:*", "gcp:storage/bucketAccessControl:*"),
            *("gcp:storage/defaultObjectACL:*", "gcp:storage/defaultObjectAccessControl:*"),
            *("gcp:storage/objectACL:*", "gcp:storage/objectAccessControl:*"),
        ),
        check=not_public,
    ),
    Rule(
        id="gcp-bucket-versioned",
        level="mandatory",
        title="Cloud Storage buckets keep versions",
        rationale="An overwritten or deleted artifact can be brought back.",
        source="Checkov CKV_GCP_78",
        remedy="Set versioning.enabled to true and bound its cost by a lifecycle rule.",
        types=("gcp:storage/bucket:Bucket",),
        check=versioned,
    ),
    Rule(
        id="gcp-artifact-registry-private",
        level="mandatory",
        title="Artifact Registry is not public",
        rationale="Images carry code, and who may write them decides what runs.",
        source="Checkov CKV_GCP_101",
        remedy="Grant roles/artifactregistry.reader to the service accounts that pull.",
        types=("gcp:artifactregistry/repositoryIam*",),
        check=not_public,
    ),
)
