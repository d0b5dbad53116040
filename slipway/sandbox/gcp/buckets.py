"""Cloud Storage buckets: the objects lie in the storage emulator, settings and owner in the store."""

import re
from datetime import UTC, datetime

from slipway.sandbox.gcp import refusals
from slipway.sandbox.gcp.cloud import Google, usable
from slipway.sandbox.handler import Handler, Props
from slipway.sandbox.stores.google import Record

API = "storage.googleapis.com"
NAME = re.compile(r"[a-z0-9][a-z0-9._-]{1,61}[a-z0-9]")
COMPUTED = frozenset(
    {"url", "selfLink", "projectNumber", "timeCreated", "updated", "effectiveLabels", "pulumiLabels", "rpo"}
)


def check(new: Props) -> dict[str, str]:
    """The naming rules of https://cloud.google.com/storage/docs/buckets#naming, and one that the provider has."""
    wrong = {}
    name = new.get("name", "a-name")
    if not NAME.fullmatch(name) or ".." in name or re.fullmatch(r"[\d.]+", name):
        wrong["name"] = (
            f'"name" name value can only contain lowercase letters, numeric characters, dashes (-), underscores (_), '
            f"and dots (.), 3 to 63 of them, beginning and ending with a letter or number; got {name!r}"
        )
    elif name.startswith("goog") or "google" in name:
        wrong["name"] = f'"name": bucket names cannot begin with "goog" nor contain "google"; got {name!r}'
    if new.get("publicAccessPrevention") not in (None, "enforced", "inherited"):
        wrong["publicAccessPrevention"] = (
            f"expected to be one of [enforced inherited], got {new['publicAccessPrevention']!r}"
        )
    return wrong


def create(cloud: Google, new: Props) -> tuple[str, Props]:
    """Take the name in all of Cloud Storage, and make the bucket in the emulator."""
    project, name = cloud.project_of(new), new["name"]
    with cloud.store.transaction() as now:
        owner = usable(cloud, now, project, API, "Error creating Bucket")
        if not owner.billing:
            raise refusals.unpaid("Error creating Bucket")
        if now.taken("bucket", name):
            raise refusals.bucket_name_taken()
        stamp = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        body = {**new, "project": project, "timeCreated": stamp, "updated": stamp}
        if cloud.storage.lookup_bucket(name, retry=cloud.retry) is None:
            cloud.storage.create_bucket(name, retry=cloud.retry)
        now.put("bucket", Record(name, project, body))
    return name, _outputs(cloud, body)


def read(cloud: Google, id: str) -> Props | None:
    """It is there where the store and the emulator agree."""
    record = cloud.store.get("bucket", id)
    if record is None or cloud.storage.lookup_bucket(id, retry=cloud.retry) is None:
        return None
    return {**record.body, **_outputs(cloud, record.body)}


def update(cloud: Google, id: str, _old: Props, new: Props) -> Props:
    """Settings change in place."""
    with cloud.store.transaction() as now:
        record = now.get("bucket", id)
        if record is None:
            raise refusals.bucket_missing("Error updating Bucket")
        body = {**new, **{key: record.body[key] for key in ("project", "timeCreated", "updated")}}
        now.put("bucket", Record(id, record.project, body))
    return _outputs(cloud, body)


def delete(cloud: Google, id: str, old: Props) -> None:
    """Only an empty bucket goes, unless force_destroy was said before."""
    bucket = cloud.storage.lookup_bucket(id, retry=cloud.retry)
    if bucket is not None:
        objects = list(cloud.storage.list_blobs(id, retry=cloud.retry))
        if objects and not old.get("forceDestroy"):
            raise refusals.bucket_full(id)
        for record in objects:
            record.delete(retry=cloud.retry)
        bucket.delete(retry=cloud.retry)
    with cloud.store.transaction() as now:
        now.drop("bucket", id)
        now.revoke_scope(f"b/{id}")


def _outputs(cloud: Google, body: Props) -> Props:
    name = body["name"]
    owner = cloud.store.project(body["project"])
    return {
        "project": body["project"],
        "projectNumber": int(owner.number) if owner else 0,
        "url": f"gs://{name}",
        "selfLink": f"https://www.googleapis.com/storage/v1/b/{name}",
        "timeCreated": body["timeCreated"],
        "updated": body["updated"],
        "rpo": "DEFAULT",
    }


def _defaults(new: Props) -> Props:
    return {"forceDestroy": False, "storageClass": "STANDARD", "publicAccessPrevention": "inherited", **new}


HANDLERS = {
    "gcp:storage/bucket:Bucket": Handler(
        check=check,
        create=create,
        read=read,
        update=update,
        delete=delete,
        defaults=_defaults,
        auto_name="name",
        settled=frozenset({"publicAccessPrevention", "rpo", "softDeletePolicy", "uniformBucketLevelAccess"}),
        identify=lambda _cloud, new: new["name"],
        computed=COMPUTED,
        volatile=frozenset({"effectiveLabels", "pulumiLabels", "updated"}),
    ),
}
