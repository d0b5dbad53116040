"""Who may do what with a bucket: IAM policies, kept as the store's grants.

https://cloud.google.com/storage/docs/json_api/v1/buckets/setIamPolicy
"""

import base64
import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from slipway.sandbox.cloudstorage import errors
from slipway.sandbox.cloudstorage.calls import Call, Reply
from slipway.sandbox.cloudstorage.state import State
from slipway.sandbox.google.policies import account_missing
from slipway.sandbox.stores.google import Record, Transaction

PUBLIC = ("allUsers", "allAuthenticatedUsers")
MEMBER = re.compile(
    r"allUsers|allAuthenticatedUsers|(user|serviceAccount|group|domain|project(Owner|Editor|Viewer)|principal"
    r"|principalSet|deleted):.+"
)
ROLE = re.compile(r"(roles|projects/[^/]+/roles|organizations/[^/]+/roles)/[A-Za-z0-9_.]+")
OWNER, READER = "roles/storage.legacyBucketOwner", "roles/storage.legacyBucketReader"
OBJECT_OWNER, OBJECT_READER = "roles/storage.legacyObjectOwner", "roles/storage.legacyObjectReader"
PLAIN = str.maketrans("-_", "+/")
"""From the base64 of addresses, in which some clients send back the bytes of an etag, to the usual one."""
Grant = tuple[str, str, str]
"""Role, member, and the condition as JSON."""


def scope(bucket: str) -> str:
    """What the store calls a bucket's grants."""
    return f"b/{bucket}"


def uniform(body: Mapping[str, Any]) -> bool:
    """Whether a bucket has uniform access."""
    return bool(body["iamConfiguration"]["uniformBucketLevelAccess"]["enabled"])


def begin(now: Transaction, bucket: str, project: str, *, uniform: bool) -> None:
    """The grants of a new bucket: https://cloud.google.com/storage/docs/access-control/iam#convenience-values."""
    editors = (f"projectEditor:{project}", f"projectOwner:{project}")
    rows = [(OWNER, member) for member in editors] + [(READER, f"projectViewer:{project}")]
    if uniform:
        rows += [(OBJECT_OWNER, member) for member in editors] + [(OBJECT_READER, f"projectViewer:{project}")]
    for role, member in rows:
        now.grant(scope(bucket), role, member, {})


def get(state: State, call: Call) -> Reply:
    """A bucket's policy."""
    state.bucket(call.bucket)
    with state.store.transaction() as now:
        return Reply(document=_policy(call.bucket, _grants(now, call.bucket)))


def put(state: State, call: Call) -> Reply:
    """Replace it, unless it has changed since it was read."""
    with state.store.transaction() as now:
        record = now.get("bucket", call.bucket)
        if record is None:
            raise errors.bucket_missing()
        before = _grants(now, call.bucket)
        etag = str(call.document.get("etag") or "").translate(PLAIN)
        if etag not in ("", _etag(before)):
            raise errors.condition_not_met()
        after = sorted(set(_asked(now, record, call.document)))
        for role, member, condition in set(before) - set(after):
            now.revoke(scope(call.bucket), role, member, json.loads(condition))
        for role, member, condition in set(after) - set(before):
            now.grant(scope(call.bucket), role, member, json.loads(condition))
    return Reply(document=_policy(call.bucket, after))


def test(state: State, call: Call) -> Reply:
    """The owner of the sandbox may do everything."""
    state.bucket(call.bucket)
    names = call.query.get("permissions", "")
    permissions = [one for one in names.split("\n") if one.startswith("storage.")]
    return Reply(document={"kind": "storage#testIamPermissionsResponse", "permissions": permissions})


def _asked(now: Transaction, record: Record, document: Mapping[str, Any]) -> Iterable[Grant]:
    """The grants of a policy. Raises :class:`StorageError` for one that may not be set."""
    bindings = document.get("bindings", [])
    conditional = any(binding.get("condition") for binding in bindings)
    if conditional and int(document.get("version", 1)) < 3:
        raise errors.invalid("Requested policy version must be 3 to set a condition.")
    if conditional and not uniform(record.body):
        raise errors.invalid("Conditions need uniform bucket-level access on the bucket.")
    prevented = record.body["iamConfiguration"].get("publicAccessPrevention") == "enforced"
    for binding in bindings:
        role = str(binding.get("role", ""))
        if not ROLE.fullmatch(role):
            raise errors.invalid(f"Role {role} is not supported for this resource.")
        for member in binding.get("members", []):
            if not MEMBER.fullmatch(member):
                raise errors.invalid(f"Invalid argument: '{member}' is not a valid member.")
            if member in PUBLIC and prevented:
                raise public_member()
            if missing := account_missing(now, member):
                raise errors.StorageError(400, "invalid", f"Service account {missing} does not exist.")
            yield role, member, json.dumps(binding.get("condition") or {}, sort_keys=True)


def public_member() -> errors.StorageError:
    """https://cloud.google.com/storage/docs/public-access-prevention."""
    message = (
        "The member bindings allUsers and allAuthenticatedUsers are not allowed since public access prevention is "
        "enforced."
    )
    return errors.StorageError(412, "conditionNotMet", message)


def _grants(now: Transaction, bucket: str) -> list[Grant]:
    query = "SELECT role, member, condition FROM grants WHERE scope = ? ORDER BY role, condition, member"
    return [tuple(row) for row in now.db.execute(query, (scope(bucket),))]


def _policy(bucket: str, grants: Iterable[Grant]) -> dict[str, Any]:
    ordered = sorted(grants)
    bindings: dict[tuple[str, str], list[str]] = {}
    for role, member, condition in ordered:
        bindings.setdefault((role, condition), []).append(member)
    conditional = any(condition != "{}" for _, condition in bindings)
    return {
        "kind": "storage#policy",
        "resourceId": f"projects/_/buckets/{bucket}",
        "version": 3 if conditional else 1,
        "etag": _etag(ordered),
        "bindings": [
            {"role": role, "members": members, **({"condition": json.loads(condition)} if condition != "{}" else {})}
            for (role, condition), members in bindings.items()
        ],
    }


def _etag(grants: Iterable[Grant]) -> str:
    digest = hashlib.sha256(json.dumps(sorted(grants)).encode()).digest()
    return base64.b64encode(digest[:9]).decode()
