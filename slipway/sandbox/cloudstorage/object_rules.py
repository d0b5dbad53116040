"""What an object's metadata may be, what holds it back, and what a new generation of it looks like: pure.

https://cloud.google.com/storage/docs/json_api/v1/objects
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from slipway.sandbox.cloudstorage import resources
from slipway.sandbox.cloudstorage.blobs import Sums
from slipway.sandbox.cloudstorage.bucket_rules import CLASSES
from slipway.sandbox.cloudstorage.errors import StorageError, invalid, required
from slipway.sandbox.cloudstorage.index import Row

LONGEST_NAME = 1024
LARGEST_METADATA = 8 << 10
TEXTS = frozenset(
    {"cacheControl", "contentDisposition", "contentEncoding", "contentLanguage", "contentType", "customTime"}
)
WRITABLE = TEXTS | {"metadata", "storageClass", "temporaryHold", "eventBasedHold"}
"""What a request may set."""
DEFAULT_TYPE = "application/octet-stream"


def valid_name(name: str) -> None:
    """Raises :class:`StorageError`: https://cloud.google.com/storage/docs/objects#naming."""
    if not name:
        raise required("name")
    if len(name.encode("utf-8", "surrogatepass")) > LONGEST_NAME:
        raise invalid(f"The specified object name is longer than {LONGEST_NAME} bytes.")
    if any(mark in name for mark in "\r\n\0") or name in (".", "..") or name.startswith(".well-known/acme-challenge/"):
        raise invalid(f"Disallowed unicode characters present in object name '{name!r}'")
    try:
        name.encode()
    except UnicodeEncodeError:
        raise invalid("Object name must be valid UTF-8.") from None


def settings(document: Mapping[str, Any]) -> dict[str, Any]:
    """What of a resource may be set. Raises :class:`StorageError` for values of the wrong form."""
    values = {key: value for key, value in document.items() if key in WRITABLE and value is not None}
    for key in TEXTS & values.keys():
        if not isinstance(values[key], str):
            raise invalid(f"Invalid value for {key}: a string is needed.")
    if values.get("storageClass", "STANDARD") not in CLASSES:
        raise invalid("Invalid argument.")
    metadata = values.get("metadata", {})
    if not isinstance(metadata, dict):
        raise invalid("Invalid value for metadata: an object is needed.")
    if any(not isinstance(value, str | None) for value in metadata.values()):
        raise invalid("Invalid value for metadata: its values are strings.")
    texts = {key: value for key, value in metadata.items() if value is not None}
    if sum(len(key.encode()) + len(value.encode()) for key, value in texts.items()) > LARGEST_METADATA:
        raise invalid(f"Custom metadata is larger than {LARGEST_METADATA} bytes.")
    if "metadata" in values:
        values["metadata"] = texts
    return {key: value for key, value in values.items() if value not in ("", {})}


def verify(document: Mapping[str, Any], sums: Sums) -> None:
    """Raises :class:`StorageError` where the bytes are not those that a client says it sends."""
    if (md5 := document.get("md5Hash")) and md5 != sums.md5:
        raise invalid(f'Provided MD5 hash "{md5}" doesn\'t match calculated MD5 hash "{sums.md5}".')
    if (crc32c := document.get("crc32c")) and crc32c != sums.crc32c:
        raise invalid(f'Provided CRC32C "{crc32c}" doesn\'t match calculated CRC32C "{sums.crc32c}".')


def created(values: Mapping[str, Any], bucket: Mapping[str, Any], sums: Sums, parts: int = 0) -> dict[str, Any]:
    """A new generation's resource; ``parts`` is of how many components it was composed."""
    at = resources.now()
    body = {
        "contentType": DEFAULT_TYPE,
        "storageClass": bucket["storageClass"],
        **values,
        "size": str(sums.size),
        "crc32c": sums.crc32c,
        "timeCreated": at,
        "updated": at,
        "timeStorageClassUpdated": at,
        "timeFinalized": at,
        "metageneration": 1,
    }
    if sums.md5:
        body["md5Hash"] = sums.md5
    if parts:
        body["componentCount"] = parts
    if bucket.get("defaultEventBasedHold"):
        body.setdefault("eventBasedHold", True)
    if retention := bucket.get("retentionPolicy"):
        until = datetime.fromisoformat(at) + timedelta(seconds=int(retention["retentionPeriod"]))
        body["retentionExpirationTime"] = f"{until:%Y-%m-%dT%H:%M:%S}.{until.microsecond // 1000:03}Z"
    return body


def refuse_held(row: Row) -> None:
    """Raises :class:`StorageError` for an object under a hold: https://cloud.google.com/storage/docs/object-holds."""
    for key, words in (("temporaryHold", "Temporary"), ("eventBasedHold", "Event-Based")):
        if row.body.get(key):
            place = f"{row.bucket}/{row.name}"
            message = f"Object '{place}' is under active {words} hold and cannot be deleted, overwritten or archived"
            raise StorageError(403, "objectUnderActiveHold", f"{message} until hold is removed.")


def refuse_retained(row: Row, bucket: Mapping[str, Any]) -> None:
    """Raises :class:`StorageError` for an object that is too young: https://cloud.google.com/storage/docs/bucket-lock."""
    retention = bucket.get("retentionPolicy")
    if not retention:
        return
    until = datetime.fromisoformat(row.body["timeCreated"]) + timedelta(seconds=int(retention["retentionPeriod"]))
    if until > datetime.now(UTC):
        message = (
            f"Object '{row.bucket}/{row.name}' is subject to bucket's retention policy or object retention and cannot "
            f"be deleted or overwritten until {until.isoformat()}"
        )
        raise StorageError(403, "retentionPolicyNotMet", message)
