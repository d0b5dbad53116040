"""Cloud Storage objects, as the provider makes them by the JSON API."""

import base64
import hashlib
import re

from slipway.sandbox.gcp.cloud import Google
from slipway.sandbox.gcp.storage_api import ask, place, upload
from slipway.sandbox.handler import Asset, Calls, CloudError, Handler, Props

BUCKET = re.compile(r"[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]")
"""https://cloud.google.com/storage/docs/buckets#naming."""
WRITTEN = ("cacheControl", "contentDisposition", "contentEncoding", "contentLanguage", "metadata", "storageClass")
"""Inputs that are an object's metadata under the same names."""
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
    data, kind = _bytes(new), new.get("contentType", "application/octet-stream")
    document = {"name": new["name"], "contentType": kind, **{key: new[key] for key in WRITTEN if new.get(key)}}
    body = upload(cloud, new["bucket"], document, data, doing=f"Error uploading object {new['name']}")
    return f"{new['bucket']}-{new['name']}", _outputs(body, data)


def read(cloud: Google, id: str) -> Props | None:
    """Look by id: ``BUCKET-NAME``. Where that is ambiguous, a bucket that has the object is taken."""
    for hyphen in (at for at, letter in enumerate(id) if letter == "-"):
        bucket, name = id[:hyphen], id[hyphen + 1 :]
        if not (BUCKET.fullmatch(bucket) and name):
            continue
        if body := ask(cloud, "GET", place(bucket, name), doing=f"Error reading object {name}"):
            return {"bucket": bucket, "name": name, "contentType": body.get("contentType"), **_outputs(body, None)}
    return None


def update(cloud: Google, _id: str, _old: Props, new: Props) -> Props:
    """Upload the new bytes under the same name."""
    return create(cloud, new)[1]


def delete(cloud: Google, id: str, old: Props) -> None:
    """Remove it."""
    bucket, name = old.get("bucket", ""), old.get("name", "")
    if f"{bucket}-{name}" != id:
        raise CloudError(f"the state names the object {bucket}/{name}, its id is {id}: run refresh first")
    ask(cloud, "DELETE", place(bucket, name), doing=f"Error deleting object {name}")


def _bytes(new: Props) -> bytes:
    source = new.get("source")
    if isinstance(source, Asset):
        return source.read()
    return str(new.get("content", "")).encode()


def _outputs(body: Props, data: bytes | None) -> Props:
    md5 = hashlib.md5(data, usedforsecurity=False).digest() if data is not None else base64.b64decode(body["md5Hash"])
    return {
        "crc32c": body.get("crc32c") or "",
        "generation": int(body.get("generation") or 0),
        "md5hash": base64.b64encode(md5).decode(),
        "md5hexhash": md5.hex(),
        "mediaLink": body.get("mediaLink") or "",
        "outputName": body["name"],
        "selfLink": f"https://www.googleapis.com/storage/v1/b/{body['bucket']}/o/{body['name']}",
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
