"""Cloud Storage buckets, as the provider makes them by the JSON API."""

import re

from slipway.sandbox.gcp import bucket_forms, refusals
from slipway.sandbox.gcp.cloud import Google
from slipway.sandbox.gcp.storage_api import ask, place
from slipway.sandbox.handler import Calls, Handler, Props

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
    """Take the name in all of Cloud Storage."""
    project = cloud.project_of(new)
    body = bucket_forms.resource(new, {**cloud.default_labels, **(new.get("labels") or {})})
    bucket = ask(
        cloud, "POST", "/b", query={"project": project}, body=body, doing="Error creating Bucket", project=project
    )
    assert bucket is not None
    if (new.get("retentionPolicy") or {}).get("isLocked"):
        _lock(cloud, bucket)
    return new["name"], _outputs(project, bucket)


def read(cloud: Google, id: str) -> Props | None:
    """A bucket, by its name."""
    return refresh(cloud, id, {})


def refresh(cloud: Google, id: str, state: Props) -> Props | None:
    """A bucket as the state has it, but for what has changed."""
    body = ask(cloud, "GET", place(id), doing=f'Error when reading or editing Storage Bucket "{id}"')
    if body is None:
        return None
    project = _project(cloud, body)
    return {**bucket_forms.inputs(body, state), **_outputs(project, body)}


def update(cloud: Google, id: str, old: Props, new: Props) -> Props:
    """Settings change in place; what is left out now goes."""
    labels = {**cloud.default_labels, **(new.get("labels") or {})}
    now = ask(cloud, "GET", place(id), doing="Error updating Bucket")
    if now is None:
        raise refusals.bucket_missing("Error updating Bucket")
    settings = bucket_forms.resource(new, labels)
    before = bucket_forms.resource({**old, "name": id}, {})
    body = {
        **dict.fromkeys(before.keys() - settings.keys()),
        **{key: value for key, value in settings.items() if key not in ("name", "location")},
        "labels": {**dict.fromkeys((now.get("labels") or {}).keys() - labels.keys()), **labels},
    }
    changed = ask(cloud, "PATCH", place(id), body=body, doing="Error updating Bucket")
    if changed is None:
        raise refusals.bucket_missing("Error updating Bucket")
    if (new.get("retentionPolicy") or {}).get("isLocked") and not changed["retentionPolicy"].get("isLocked"):
        _lock(cloud, changed)
    return _outputs(_project(cloud, changed), changed)


def delete(cloud: Google, id: str, old: Props) -> None:
    """Only an empty bucket goes, unless force_destroy was set before."""
    doing = f"Error deleting contents of bucket {id}"
    while listed := ask(cloud, "GET", f"{place(id)}/o", query={"versions": "true"}, doing=doing):
        objects = listed.get("items", [])
        if not objects:
            break
        if not old.get("forceDestroy"):
            raise refusals.bucket_full(id)
        for one in objects:
            query = {"generation": one["generation"]}
            ask(cloud, "DELETE", place(id, one["name"]), query=query, doing=doing)
    ask(cloud, "DELETE", place(id), doing=f"Error deleting Bucket {id}")


def _lock(cloud: Google, body: Props) -> None:
    query = {"ifMetagenerationMatch": body["metageneration"]}
    ask(cloud, "POST", f"{place(body['name'])}/lockRetentionPolicy", query=query, doing="Error locking Bucket")


def _project(cloud: Google, body: Props) -> str:
    """The id of the project that a bucket is in: Cloud Storage tells its number alone."""
    project = cloud.live("cloudresourcemanager", f"v1/projects/{body['projectNumber']}")
    return project["projectId"] if project else ""


def _outputs(project: str, body: Props) -> Props:
    return {
        "project": project,
        "projectNumber": int(body["projectNumber"]),
        "url": f"gs://{body['name']}",
        "selfLink": body["selfLink"],
        "timeCreated": body["timeCreated"],
        "updated": body["updated"],
        "rpo": body.get("rpo", ""),
    }


def _defaults(new: Props) -> Props:
    return {"forceDestroy": False, "storageClass": "STANDARD", "publicAccessPrevention": "inherited", **new}


HANDLERS = {
    "gcp:storage/bucket:Bucket": Handler(
        check=check,
        calls=Calls(create=create, read=read, update=update, delete=delete),
        refresh=refresh,
        defaults=_defaults,
        auto_name="name",
        settled=frozenset({"publicAccessPrevention", "rpo", "softDeletePolicy", "uniformBucketLevelAccess"}),
        identify=lambda _cloud, new: new["name"],
        computed=COMPUTED,
        volatile=frozenset({"effectiveLabels", "pulumiLabels", "updated"}),
    ),
}
