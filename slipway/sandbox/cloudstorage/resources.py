"""Buckets and objects as the API shows them; moments, etags and links: pure.

https://cloud.google.com/storage/docs/json_api/v1/buckets#resource, …/objects#resource
"""

import base64
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from slipway.sandbox.cloudstorage.index import Row

LINKS = "https://www.googleapis.com"
OWNED = ("acl", "owner", "defaultObjectAcl")
"""Left out of a resource that is asked for without its access lists."""


def now() -> str:
    """The present moment as the API writes it (UTC)."""
    moment = datetime.now(UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03}Z"


def bucket(body: Mapping[str, Any]) -> dict[str, Any]:
    """A bucket's resource, from what is kept of it."""
    name, metageneration = body["name"], int(body["metageneration"])
    return {
        "kind": "storage#bucket",
        "id": name,
        "selfLink": f"{LINKS}/storage/v1/b/{name}",
        **body,
        "metageneration": str(metageneration),
        "etag": _etag(metageneration),
    }


def object_(row: Row, base: str = LINKS) -> dict[str, Any]:
    """An object's resource; ``base`` is where its bytes are to be fetched."""
    place = f"storage/v1/b/{row.bucket}/o/{quote(row.name, safe='')}"
    metageneration = int(row.body["metageneration"])
    return {
        "kind": "storage#object",
        "id": f"{row.bucket}/{row.name}/{row.generation}",
        "selfLink": f"{LINKS}/{place}",
        "mediaLink": f"{base}/download/{place}?generation={row.generation}&alt=media",
        "name": row.name,
        "bucket": row.bucket,
        "generation": str(row.generation),
        **row.body,
        "metageneration": str(metageneration),
        "etag": _etag(row.generation, metageneration),
    }


def shown(resource: Mapping[str, Any], projection: str | None) -> dict[str, Any]:
    """A resource with or without its access lists."""
    return dict(resource) if projection == "full" else {k: v for k, v in resource.items() if k not in OWNED}


def merged(old: Any, patch: Any) -> Any:  # noqa: ANN401
    """JSON merge patch: https://www.rfc-editor.org/rfc/rfc7396."""
    if not isinstance(patch, dict):
        return patch
    result = dict(old) if isinstance(old, dict) else {}
    for key, value in patch.items():
        if value is None:
            result.pop(key, None)
        else:
            result[key] = merged(result.get(key), value)
    return result


def _etag(*numbers: int) -> str:
    """As Google's own: a protocol buffer of the numbers, in base64."""
    return base64.b64encode(b"".join(bytes([8 * (at + 1)]) + _varint(n) for at, n in enumerate(numbers))).decode()


def _varint(number: int) -> bytes:
    data = bytearray()
    while number > 0x7F:
        data.append(number & 0x7F | 0x80)
        number >>= 7
    data.append(number)
    return bytes(data)
