"""What a bucket's settings may be, and what they are where a request leaves them out: pure.

https://cloud.google.com/storage/docs/json_api/v1/buckets
"""

import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from slipway.sandbox.cloudstorage.errors import StorageError, invalid
from slipway.sandbox.cloudstorage.locations import location_type

NAME = re.compile(r"[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]")
ADDRESS = re.compile(r"\d+\.\d+\.\d+\.\d+")
CLASSES = frozenset(
    {"STANDARD", "NEARLINE", "COLDLINE", "ARCHIVE", "MULTI_REGIONAL", "REGIONAL", "DURABLE_REDUCED_AVAILABILITY"}
)
LABEL = re.compile(r"[\w-]{0,63}")
ACTIONS = frozenset({"Delete", "SetStorageClass", "AbortIncompleteMultipartUpload"})
SOFT_DELETE_SECONDS = 604800
"""Seven days: https://cloud.google.com/storage/docs/soft-delete."""
LONGEST_SOFT_DELETE = 90 * 86400
SETTINGS = frozenset(
    {
        *("autoclass", "billing", "cors", "customPlacementConfig", "defaultEventBasedHold", "encryption"),
        *("hierarchicalNamespace", "iamConfiguration", "ipFilter", "labels", "lifecycle", "logging"),
        *("retentionPolicy", "rpo", "softDeletePolicy", "storageClass", "versioning", "website"),
    }
)
"""What a request may set, in an insert and later."""
ONCE = frozenset({"name", "location", "objectRetention"})
"""What only an insert may set."""


def valid_name(name: str) -> bool:
    """https://cloud.google.com/storage/docs/buckets#naming."""
    parts = name.split(".")
    longest = 63 if len(parts) == 1 else 222
    return bool(
        NAME.fullmatch(name)
        and len(name) <= longest
        and all(0 < len(part) <= 63 for part in parts)
        and not ADDRESS.fullmatch(name)
        and not name.startswith("goog")
        and "google" not in name
    )


def created(resource: Mapping[str, Any], at: str) -> dict[str, Any]:
    """The settings of a new bucket. Raises :class:`StorageError`."""
    name = resource.get("name", "")
    if not isinstance(name, str) or not valid_name(name):
        raise invalid(f"Invalid bucket name: '{name}'")
    location = str(resource.get("location") or "US").upper()
    kind = location_type(location, placed="customPlacementConfig" in resource)
    if not kind:
        raise invalid("The specified location constraint is not valid.")
    settings = {
        "storageClass": "STANDARD",
        "softDeletePolicy": {"retentionDurationSeconds": str(SOFT_DELETE_SECONDS)},
        **{key: value for key, value in resource.items() if key in SETTINGS and value is not None},
    }
    if kind != "region":
        settings.setdefault("rpo", "DEFAULT")
    settled = settle(settings, {}, at)
    if "enableObjectRetention" in resource:
        settled["objectRetention"] = {"mode": "Enabled"}
    return {**settled, "name": name, "location": location, "locationType": kind}


def settle(settings: Mapping[str, Any], before: Mapping[str, Any], at: str) -> dict[str, Any]:
    """Settings as they are kept, with the moments that the API adds. Raises :class:`StorageError`."""
    new = {key: value for key, value in settings.items() if value is not None and value != {}}
    for check in CHECKS:
        check(new, before)
    iam = dict(new.get("iamConfiguration") or {})
    uniform: dict[str, Any] = dict(iam.get("uniformBucketLevelAccess") or iam.get("bucketPolicyOnly") or {})
    if uniform.get("enabled"):
        earlier = (before.get("iamConfiguration") or {}).get("uniformBucketLevelAccess") or {}
        uniform["lockedTime"] = earlier.get("lockedTime") or _later(at, timedelta(days=90))
    else:
        uniform = {"enabled": False}
    iam |= {"uniformBucketLevelAccess": uniform, "bucketPolicyOnly": uniform}
    iam.setdefault("publicAccessPrevention", "inherited")
    new["iamConfiguration"] = iam
    if soft := new.get("softDeletePolicy"):
        new["softDeletePolicy"] = _timed(soft, before.get("softDeletePolicy"), "retentionDurationSeconds", at)
    if retention := new.get("retentionPolicy"):
        earlier = before.get("retentionPolicy") or {}
        kept = {"isLocked": True} if earlier.get("isLocked") else {}
        new["retentionPolicy"] = {**_timed(retention, earlier, "retentionPeriod", at), **kept}
    return new


def _timed(policy: Mapping[str, Any], before: Mapping[str, Any] | None, key: str, at: str) -> dict[str, Any]:
    """A policy with when it began: at its last change."""
    seconds = str(policy.get(key, 0))
    same = bool(before) and str((before or {}).get(key)) == seconds
    began = (before or {}).get("effectiveTime", at) if same else at
    return {key: seconds, "effectiveTime": began} if int(seconds) or key != "retentionPeriod" else {}


def _later(at: str, by: timedelta) -> str:
    moment = datetime.fromisoformat(at) + by
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03}Z"


def _storage_class(new: Mapping[str, Any], _before: Mapping[str, Any]) -> None:
    if new.get("storageClass", "STANDARD") not in CLASSES:
        raise invalid("Invalid argument.")


def _labels(new: Mapping[str, Any], _before: Mapping[str, Any]) -> None:
    """https://cloud.google.com/storage/docs/tags-and-labels#bucket-labels."""
    labels = new.get("labels", {})
    if not isinstance(labels, dict) or len(labels) > 64:
        raise invalid("A bucket may have at most 64 labels.")
    for key, value in labels.items():
        lower = str(key) == str(key).lower() and str(value) == str(value).lower()
        if not key or not key[0].isalpha() or not (LABEL.fullmatch(key) and LABEL.fullmatch(str(value)) and lower):
            raise invalid(
                f"Invalid label '{key}': '{value}'. A key begins with a lower-case letter; keys and values have at "
                "most 63 lower-case letters, digits, underscores and dashes."
            )


def _access(new: Mapping[str, Any], before: Mapping[str, Any]) -> None:
    iam = new.get("iamConfiguration") or {}
    prevention = iam.get("publicAccessPrevention", "inherited")
    if prevention not in ("enforced", "inherited", "unspecified"):
        raise invalid(f"Invalid value for publicAccessPrevention: '{prevention}'.")
    uniform = iam.get("uniformBucketLevelAccess") or {}
    earlier = (before.get("iamConfiguration") or {}).get("uniformBucketLevelAccess") or {}
    late = earlier.get("lockedTime") and datetime.fromisoformat(earlier["lockedTime"]) < datetime.now().astimezone()
    if earlier.get("enabled") and late and not uniform.get("enabled"):
        raise invalid("Uniform bucket-level access cannot be disabled 90 days after it was enabled.")


def _lifecycle(new: Mapping[str, Any], _before: Mapping[str, Any]) -> None:
    """https://cloud.google.com/storage/docs/lifecycle."""
    rules = (new.get("lifecycle") or {}).get("rule", [])
    if len(rules) > 100:
        raise invalid("A bucket may have at most 100 lifecycle rules.")
    for rule in rules:
        action = rule.get("action") or {}
        if action.get("type") not in ACTIONS:
            raise invalid(f"Invalid lifecycle action: '{action.get('type', '')}'.")
        if action["type"] == "SetStorageClass" and action.get("storageClass") not in CLASSES:
            raise invalid("A SetStorageClass action needs a valid storageClass.")
        if not rule.get("condition"):
            raise invalid("A lifecycle rule must have at least one condition.")


def _soft_delete(new: Mapping[str, Any], _before: Mapping[str, Any]) -> None:
    seconds = _seconds(new.get("softDeletePolicy") or {}, "retentionDurationSeconds")
    if seconds and not SOFT_DELETE_SECONDS <= seconds <= LONGEST_SOFT_DELETE:
        raise invalid("Soft delete policy's retention duration must be 0, or between 7 and 90 days.")


def _retention(new: Mapping[str, Any], before: Mapping[str, Any]) -> None:
    """https://cloud.google.com/storage/docs/bucket-lock."""
    earlier = before.get("retentionPolicy") or {}
    seconds = _seconds(new.get("retentionPolicy") or {}, "retentionPeriod")
    if seconds > 3155760000:
        raise invalid("A retention period is at most 3,155,760,000 seconds (100 years).")
    if earlier.get("isLocked") and seconds < int(earlier["retentionPeriod"]):
        message = "Cannot reduce retention duration of a locked Retention Policy for bucket."
        raise StorageError(403, "forbidden", message)


def _versioning(new: Mapping[str, Any], _before: Mapping[str, Any]) -> None:
    if not isinstance((new.get("versioning") or {}).get("enabled", False), bool):
        raise invalid("versioning.enabled must be true or false.")


def _seconds(policy: Mapping[str, Any], key: str) -> int:
    value = str(policy.get(key, 0))
    if not (value.isascii() and value.isdigit()):
        raise invalid(f"{key} must be a number of seconds, got '{value}'.")
    return int(value)


CHECKS: tuple[Callable[[Mapping[str, Any], Mapping[str, Any]], None], ...] = (
    _storage_class,
    _labels,
    _access,
    _lifecycle,
    _soft_delete,
    _retention,
    _versioning,
)
"""Each given the new settings and those before."""
