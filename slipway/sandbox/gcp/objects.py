"""Cloud Storage objects: the bytes are uploaded by Google's own client."""

import base64
import hashlib
import re
from typing import TYPE_CHECKING

from slipway.sandbox.gcp.cloud import Google
from slipway.sandbox.gcp.storage_api import refused
from slipway.sandbox.handler import Asset, Calls, CloudError, Handler, Props

if TYPE_CHECKING:
    from google.cloud.storage import Blob

BUCKET = re.compile(r"[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]")
"""https://cloud.google.com/storage/docs/buckets#naming."""
COMPUTED = frozenset({"crc32c", "generation", "md5hash", "md5hexhash", "mediaLink", "outputName", "selfLink"})


def check(new: Props) -> dict[str, str]:
    """One of ``source`` and ``content``, and a name that Cloud Storage takes."""
    wrong = {}
    if "source" in new and "content" in new:
        wrong["content"] = '"content": conflicts with source'
    name = new.get("name", "a")
    if not name or len(name.encode()) > 1024 or any(mark in name for mark in "\r\n\0") or name in (".", ".."):
        wrong["name"] = f"an object's name has 1 to 1024 bytes, no line break, and is not . or ..; got {name!r}"
    return wrong


def create(cloud: Google, new: Props) -> tuple[str, Props]:
    """Upload; an object of the same name is overwritten, as in Cloud Storage."""
    from google.api_core.exceptions import GoogleAPICallError

    blob = cloud.storage.bucket(new["bucket"]).blob(new["name"])
    blob.cache_control, blob.content_encoding = new.get("cacheControl"), new.get("contentEncoding")
    blob.content_disposition, blob.content_language = new.get("contentDisposition"), new.get("contentLanguage")
    if new.get("metadata"):
        blob.metadata = new["metadata"]
    if new.get("storageClass"):
        blob.storage_class = new["storageClass"]
    data = _bytes(new)
    kind = new.get("contentType", "application/octet-stream")
    try:
        blob.upload_from_string(data, content_type=kind, retry=cloud.retry)
    except GoogleAPICallError as error:
        raise refused(error, f"Error uploading object {new['name']}") from error
    return f"{new['bucket']}-{new['name']}", _outputs(blob, data)


def read(cloud: Google, id: str) -> Props | None:
    """Look by id: ``BUCKET-NAME``. Where that is ambiguous, a bucket that has the object is taken."""
    for hyphen in (at for at, letter in enumerate(id) if letter == "-"):
        bucket, name = id[:hyphen], id[hyphen + 1 :]
        if not (BUCKET.fullmatch(bucket) and name):
            continue
        if blob := cloud.storage.bucket(bucket).get_blob(name, retry=cloud.retry):
            return {"bucket": bucket, "name": blob.name, "contentType": blob.content_type, **_outputs(blob, None)}
    return None


def update(cloud: Google, _id: str, _old: Props, new: Props) -> Props:
    """Upload the new bytes under the same name."""
    return create(cloud, new)[1]


def delete(cloud: Google, id: str, old: Props) -> None:
    """Remove it."""
    from google.api_core.exceptions import NotFound

    bucket, name = old.get("bucket", ""), old.get("name", "")
    if f"{bucket}-{name}" != id:
        raise CloudError(f"the state names the object {bucket}/{name}, its id is {id}: run refresh first")
    try:
        cloud.storage.bucket(bucket).blob(name).delete(retry=cloud.retry)
    except NotFound:
        return


def _bytes(new: Props) -> bytes:
    source = new.get("source")
    if isinstance(source, Asset):
        return source.read()
    return str(new.get("content", "")).encode()


def _outputs(blob: "Blob", data: bytes | None) -> Props:
    md5 = hashlib.md5(data, usedforsecurity=False).digest() if data is not None else base64.b64decode(blob.md5_hash)
    return {
        "crc32c": blob.crc32c or "",
        "generation": int(blob.generation or 0),
        "md5hash": base64.b64encode(md5).decode(),
        "md5hexhash": md5.hex(),
        "mediaLink": blob.media_link or "",
        "outputName": blob.name,
        "selfLink": f"https://www.googleapis.com/storage/v1/b/{blob.bucket.name}/o/{blob.name}",
    }


def _defaults(new: Props) -> Props:
    return {"contentType": "application/octet-stream", **new}


HANDLERS = {
    "gcp:storage/bucketObject:BucketObject": Handler(
        check=check,
        calls=Calls(create=create, read=read, update=update, delete=delete),
        defaults=_defaults,
        auto_name="name",
        identify=lambda _cloud, new: f"{new['bucket']}-{new['name']}",
        overwrites=True,
        computed=COMPUTED,
        volatile=COMPUTED - {"outputName", "selfLink"},
    ),
}
