"""Calls of Cloud Storage's JSON API, and its refusals in the words of the provider.

By the HTTP client that the provider host has anyway: Google's own takes a quarter of a second of every `up` to import.
"""

import json
import secrets
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import stamina

from slipway.providers.google.rest import RestError
from slipway.sandbox.gcp import refusals
from slipway.sandbox.gcp.cloud import Google
from slipway.sandbox.handler import CloudError, Props

if TYPE_CHECKING:
    from requests import Response

API = "storage.googleapis.com"
PATIENCE = 5.0
"""Seconds that Cloud Storage may be away until a call fails."""
SECONDS = 60.0
"""That one answer may take."""
BUSY = frozenset({408, 429, 500, 502, 503, 504})
"""Statuses after which a call is made again: https://cloud.google.com/storage/docs/retry-strategy#retryable."""


class StorageError(Exception):
    """A refusal of Cloud Storage: its status, and the document that says why."""

    def __init__(self, response: "Response") -> None:
        self.code = response.status_code
        try:
            self.document: Mapping[str, Any] = response.json()["error"]
        except (ValueError, KeyError, TypeError):
            self.document = {"message": response.text or response.reason}
        super().__init__(str(self.document.get("message", "")))


def ask(
    cloud: Google,
    method: str,
    path: str,
    *,
    doing: str,
    query: Mapping[str, str] | None = None,
    body: Mapping[str, Any] | None = None,
    project: str = "",
) -> Props | None:
    """What a call answers; None where the thing is not there. Raises :class:`CloudError`.

    ``project`` is whose API may have been switched on a moment ago: a refusal for that is tried again.
    """
    content = None if body is None else json.dumps(body).encode()
    try:
        return _call(cloud, method, f"/storage/v1{path}", query or {}, content, "application/json")
    except StorageError as error:
        if error.code == 404:
            return None
        raise refused(error, doing, soon=bool(project) and _enabled(cloud, project)) from error


def upload(cloud: Google, bucket: str, document: Mapping[str, Any], content: bytes, *, doing: str) -> Props:
    """The object that is made of ``content``, whose metadata is ``document``. Raises :class:`CloudError`.

    In one request: https://cloud.google.com/storage/docs/uploading-objects#uploading-an-object, "multipart".
    """
    mark = secrets.token_hex(16)
    parts = (
        f"--{mark}\r\nContent-Type: application/json; charset=UTF-8\r\n\r\n".encode() + json.dumps(document).encode(),
        f"--{mark}\r\nContent-Type: {document['contentType']}\r\n\r\n".encode() + content,
        f"--{mark}--".encode(),
    )
    path, kind = f"/upload/storage/v1{place(bucket)}/o", f"multipart/related; boundary={mark}"
    try:
        return _call(cloud, "POST", path, {"uploadType": "multipart"}, b"\r\n".join(parts), kind)
    except StorageError as error:
        raise refused(error, doing) from error


def objects(cloud: Google, bucket: str, prefix: str) -> Iterator[Props]:
    """The objects of a bucket whose names begin with ``prefix``. Raises :class:`StorageError`."""
    more: Mapping[str, str] = {}
    while True:
        answer = _call(cloud, "GET", f"/storage/v1{place(bucket)}/o", {"prefix": prefix, **more}, None, "")
        yield from answer.get("items") or ()
        if not answer.get("nextPageToken"):
            return
        more = {"pageToken": answer["nextPageToken"]}


def refused(error: StorageError, doing: str, *, soon: bool = False) -> CloudError:
    """A refusal as the provider shows it."""
    document = error.document
    disabled = any(detail.get("reason") == "SERVICE_DISABLED" for detail in document.get("details", ()))
    reason = document["errors"][0]["reason"] if document.get("errors") else ""
    words = f"{reason} (SERVICE_DISABLED)" if disabled else reason
    return refusals.google(error.code, document["message"], words, doing=doing, transient=disabled and soon)


def place(bucket: str, name: str | None = None) -> str:
    """The path of a bucket, or of an object in it."""
    return f"/b/{quote(bucket, safe='')}" + (f"/o/{quote(name, safe='')}" if name is not None else "")


def _call(
    cloud: Google, method: str, path: str, query: Mapping[str, str], content: bytes | None, kind: str
) -> dict[str, Any]:
    """What a call answers, made again for :data:`PATIENCE` seconds where Cloud Storage is away or busy.

    Raises :class:`StorageError`.
    """
    import requests  # 30 ms, of programs that have nothing in Cloud Storage

    def worth_another(error: Exception) -> bool:
        lost = isinstance(error, (requests.ConnectionError, requests.Timeout))
        return lost or (isinstance(error, StorageError) and error.code in BUSY)

    headers = {"Content-Type": kind} if content is not None else {}
    for attempt in stamina.retry_context(on=worth_another, attempts=None, timeout=PATIENCE, wait_initial=0.1):
        with attempt:
            response = cloud.session.request(
                method,
                f"{cloud.storage_host}{path}",
                params=dict(query),
                data=content,
                headers=headers,
                timeout=SECONDS,
            )
            if response.status_code >= 400:
                raise StorageError(response)
            return response.json() if response.content else {}
    raise AssertionError("the last attempt raises")


def _enabled(cloud: Google, project: str) -> bool:
    try:
        service = cloud.rest.get("serviceusage", f"v1/projects/{project}/services/{API}")
    except RestError:
        return False
    return (service or {}).get("state") == "ENABLED"
