"""What a role lets one do with a bucket's objects: https://cloud.google.com/storage/docs/access-control/iam-roles."""

from slipway.sandbox.stores.google import Transaction

READ = ("storage.objects.get", "storage.objects.list")
WRITE = ("storage.objects.create", "storage.objects.delete", "storage.objects.update")
ROLES = {
    "roles/storage.admin": (*READ, *WRITE, "storage.buckets.get"),
    "roles/storage.objectAdmin": (*READ, *WRITE),
    "roles/storage.objectUser": (*READ, *WRITE),
    "roles/storage.objectCreator": ("storage.objects.create",),
    "roles/storage.objectViewer": READ,
    "roles/storage.legacyObjectReader": ("storage.objects.get",),
}
"""Role -> permissions, given on the bucket or on its project; basic roles give nothing here."""


def permissions_of(now: Transaction, bucket: str, member: str) -> list[str]:
    """What a member may do in a bucket that is there; a grant with a condition counts as none."""
    record = now.get("bucket", bucket)
    scopes = [f"b/{bucket}", f"projects/{record.project}" if record else ""]
    return sorted(
        {
            permission
            for scope in scopes
            for role, condition in now.granted(scope, member)
            if not condition
            for permission in ROLES.get(role, ())
        }
    )
