"""Bytes on their way out: whole, in a range, or unpacked where the client takes no gzip.

https://cloud.google.com/storage/docs/json_api/v1/objects/get, https://cloud.google.com/storage/docs/transcoding
"""

import re
import zlib
from collections.abc import AsyncGenerator, Mapping
from datetime import datetime
from email.utils import format_datetime
from pathlib import Path
from typing import BinaryIO

from starlette.concurrency import run_in_threadpool
from starlette.responses import Response, StreamingResponse

from slipway.sandbox.cloudstorage.calls import Call
from slipway.sandbox.cloudstorage.errors import StorageError, object_missing
from slipway.sandbox.cloudstorage.index import Row
from slipway.sandbox.cloudstorage.objects import located
from slipway.sandbox.cloudstorage.resources import object_
from slipway.sandbox.cloudstorage.state import State

CHUNK = 256 << 10
RANGE = re.compile(r"bytes=(\d*)-(\d*)")
ENTITY = {
    "contentType": "Content-Type",
    "contentEncoding": "Content-Encoding",
    "contentDisposition": "Content-Disposition",
    "contentLanguage": "Content-Language",
}
"""A resource's key -> the header that tells it."""


async def media(state: State, call: Call, *, without_body: bool = False) -> Response:
    """The bytes of an object."""
    row, file = await run_in_threadpool(_opened, state, call)
    headers, size = _headers(row), int(row.body["size"])
    if _to_be_unpacked(row, call):
        del headers["Content-Encoding"]
        headers["Warning"] = "214 UploadServer gunzipped"
        return StreamingResponse(_unpacked(file), headers=headers)
    try:
        chosen = _range(call.headers.get("range", ""), size)
    except StorageError as refusal:
        file.close()
        return Response(refusal.message, refusal.status, {"Content-Range": f"bytes */{size}"}, media_type="text/html")
    first, last = chosen or (0, size - 1)
    headers["Content-Length"] = str(last - first + 1)
    headers["Accept-Ranges"] = "bytes"
    if chosen:
        headers["Content-Range"] = f"bytes {first}-{last}/{size}"
    if without_body:
        file.close()
        return Response(status_code=206 if chosen else 200, headers=headers)
    return StreamingResponse(_piece(file, first, last + 1), 206 if chosen else 200, headers)


def _opened(state: State, call: Call) -> tuple[Row, BinaryIO]:
    """The object and its bytes, which stay readable whatever becomes of it."""
    for _ in range(3):
        row = located(state, call)
        path: Path = state.blobs.path(row.blob)
        try:
            return row, path.open("rb")
        except FileNotFoundError:
            continue  # overwritten between the two: there is another generation now
    raise object_missing(call.bucket, call.object)


def _headers(row: Row) -> dict[str, str]:
    body, resource = row.body, object_(row)
    sums = [f"crc32c={body['crc32c']}", *([f"md5={body['md5Hash']}"] if "md5Hash" in body else [])]
    custom = {f"X-Goog-Meta-{key}": value for key, value in body.get("metadata", {}).items() if _plain(key, value)}
    return {
        **{header: body[key] for key, header in ENTITY.items() if body.get(key)},
        "Cache-Control": body.get("cacheControl") or "no-cache, no-store, max-age=0, must-revalidate",
        "ETag": resource["etag"],
        "Last-Modified": format_datetime(datetime.fromisoformat(body["updated"]), usegmt=True),
        "X-Goog-Generation": str(row.generation),
        "X-Goog-Metageneration": resource["metageneration"],
        "X-Goog-Hash": ",".join(sums),
        "X-Goog-Storage-Class": body["storageClass"],
        "X-Goog-Stored-Content-Encoding": body.get("contentEncoding") or "identity",
        "X-Goog-Stored-Content-Length": body["size"],
        **custom,
    }


def _plain(key: str, value: str) -> bool:
    """Whether a header can hold it."""
    return bool(re.fullmatch(r"[\w.-]+", key, re.ASCII)) and value.isprintable() and value.isascii()


def _to_be_unpacked(row: Row, call: Call) -> bool:
    accepted: Mapping[str, str] = call.headers
    return (
        row.body.get("contentEncoding") == "gzip"
        and "gzip" not in accepted.get("accept-encoding", "")
        and "no-transform" not in (row.body.get("cacheControl") or "")
    )


def _range(stated: str, size: int) -> tuple[int, int] | None:
    """The first and the last byte that are asked for; None for all. Raises :class:`StorageError` where there are none.

    A header that cannot be read, or asks for several pieces, counts as none: https://www.rfc-editor.org/rfc/rfc9110#section-14.2.
    """
    match = RANGE.fullmatch(stated.strip())
    if match is None or not (match[1] or match[2]):
        return None
    if match[1]:
        first, last = int(match[1]), min(int(match[2] or size), size - 1)
        if match[2] and int(match[2]) < first:
            return None
    else:
        first, last = max(0, size - int(match[2])), size - 1
        if int(match[2]) == 0:
            first = size
    if first >= size:
        raise StorageError(416, "requestedRangeNotSatisfiable", "The requested range cannot be satisfied.")
    return first, last


async def _piece(file: BinaryIO, first: int, end: int) -> AsyncGenerator[bytes]:
    with file:
        file.seek(first)
        remaining = end - first
        while remaining > 0 and (data := await run_in_threadpool(file.read, min(CHUNK, remaining))):
            remaining -= len(data)
            yield data


async def _unpacked(file: BinaryIO) -> AsyncGenerator[bytes]:
    unpacker = zlib.decompressobj(wbits=31)
    with file:
        while data := await run_in_threadpool(file.read, CHUNK):
            while data:
                yield unpacker.decompress(data, CHUNK)
                data = unpacker.unconsumed_tail
        yield unpacker.flush()
