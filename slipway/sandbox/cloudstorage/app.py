"""The API as an ASGI application: which method a request is for, and how what it gives back is written.

path -> a row of METHODS (its body whole), an upload or a download (its bytes as they come), or a batch
"""

import json
import logging
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import parse_qsl, unquote

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from slipway.sandbox.cloudstorage import (
    batches,
    buckets,
    copies,
    downloads,
    fields,
    listing,
    notifications,
    objects,
    policies,
)
from slipway.sandbox.cloudstorage.calls import Call, Reply
from slipway.sandbox.cloudstorage.errors import StorageError, not_found, not_served
from slipway.sandbox.cloudstorage.preconditions import NotModified
from slipway.sandbox.cloudstorage.state import State
from slipway.sandbox.cloudstorage.uploads import Uploads

log = logging.getLogger(__name__)

HEALTH = "/_slipway/health"
HTTP_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
LARGEST_BODY = 32 << 20
"""Of what is no upload."""
Method = Callable[[State, Call], Reply]
ROOT = "storage/v1/"


@dataclass(frozen=True)
class Row:
    """A method that is served: its id in Google's discovery document, verb and path there, and what answers."""

    id: str
    verb: str
    template: str
    method: Method

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """What a path is held against."""
        parts = re.sub(r"\{(\w+)\}", lambda match: rf"(?P<{NAMES.get(match[1], match[1])}>[^/]+)", self.template)
        return re.compile(f"/{ROOT}{parts}")


NAMES = {
    "destinationBucket": "to_bucket",
    "destinationObject": "to_object",
    "sourceBucket": "bucket",
    "sourceObject": "object",
    "projectId": "project",
}
"""What the documents call a part of a path -> what it is called here."""
COPIED = "b/{sourceBucket}/o/{sourceObject}/%s/b/{destinationBucket}/o/{destinationObject}"
METHODS = (
    Row("storage.buckets.list", "GET", "b", buckets.list_),
    Row("storage.buckets.insert", "POST", "b", buckets.insert),
    Row("storage.buckets.get", "GET", "b/{bucket}", buckets.get),
    Row("storage.buckets.patch", "PATCH", "b/{bucket}", buckets.patch),
    Row("storage.buckets.update", "PUT", "b/{bucket}", buckets.update),
    Row("storage.buckets.delete", "DELETE", "b/{bucket}", buckets.delete),
    Row("storage.buckets.getIamPolicy", "GET", "b/{bucket}/iam", policies.get),
    Row("storage.buckets.setIamPolicy", "PUT", "b/{bucket}/iam", policies.put),
    Row("storage.buckets.testIamPermissions", "GET", "b/{bucket}/iam/testPermissions", policies.test),
    Row("storage.buckets.lockRetentionPolicy", "POST", "b/{bucket}/lockRetentionPolicy", buckets.lock),
    Row("storage.buckets.getStorageLayout", "GET", "b/{bucket}/storageLayout", buckets.layout),
    Row("storage.managedFolders.list", "GET", "b/{bucket}/managedFolders", buckets.managed_folders),
    Row("storage.notifications.list", "GET", "b/{bucket}/notificationConfigs", notifications.list_),
    Row("storage.notifications.insert", "POST", "b/{bucket}/notificationConfigs", notifications.insert),
    Row("storage.notifications.get", "GET", "b/{bucket}/notificationConfigs/{notification}", notifications.get),
    Row(
        "storage.notifications.delete", "DELETE", "b/{bucket}/notificationConfigs/{notification}", notifications.delete
    ),
    Row("storage.objects.list", "GET", "b/{bucket}/o", listing.list_),
    Row("storage.objects.get", "GET", "b/{bucket}/o/{object}", objects.get),
    Row("storage.objects.patch", "PATCH", "b/{bucket}/o/{object}", objects.patch),
    Row("storage.objects.update", "PUT", "b/{bucket}/o/{object}", objects.update),
    Row("storage.objects.delete", "DELETE", "b/{bucket}/o/{object}", objects.delete),
    Row("storage.objects.copy", "POST", COPIED % "copyTo", copies.copy),
    Row("storage.objects.rewrite", "POST", COPIED % "rewriteTo", copies.rewrite),
    Row("storage.objects.compose", "POST", "b/{destinationBucket}/o/{destinationObject}/compose", copies.compose),
    Row("storage.objects.move", "POST", "b/{bucket}/o/{sourceObject}/moveTo/o/{destinationObject}", copies.move),
    Row("storage.projects.serviceAccount.get", "GET", "projects/{projectId}/serviceAccount", buckets.service_account),
)
"""Beside them, ``storage.objects.insert``: an upload."""
SERVED = (*(row.id for row in METHODS), "storage.objects.insert")
"""Every method that is served, by its id."""
NOT_SERVED = re.compile(
    r"/storage/v1/(b/[^/]+/(?P<bucket>acl|defaultObjectAcl|folders|managedFolders|anywhereCaches"
    r"|operations|relocate|restore|o/watch|o/bulkRestore)|b/[^/]+/o/[^/]+/(?P<object>acl|restore|iam)"
    r"|(?P<other>channels|projects/[^/]+/hmacKeys))(/.*)?"
)
OBJECT = re.compile(r"(?:/download)?/storage/v1/b/(?P<bucket>[^/]+)/o/(?P<object>[^/]+)")
UPLOAD = re.compile(r"/(?:resumable/)?upload/storage/v1/b/(?P<bucket>[^/]+)/o")
BATCH = re.compile(r"/batch(?:/storage/v1)?")


@dataclass(frozen=True)
class Answered:
    """An answer in the form of HTTP."""

    status: int
    headers: Mapping[str, str]
    content: bytes

    def response(self) -> Response:
        """For the client."""
        return Response(self.content, self.status, self.headers)


class Api:
    """The API of one service."""

    def __init__(self, state: State) -> None:
        self._state, self._uploads = state, Uploads(state)
        state.sweep()
        self.app = Starlette(routes=[Route(HEALTH, _healthy), Route("/{path:path}", self._serve, methods=HTTP_METHODS)])
        """The ASGI application."""

    async def _serve(self, request: Request) -> Response:
        path = request.scope["raw_path"].decode("latin-1")
        query, headers = _query(request.scope["query_string"].decode("latin-1")), dict(request.headers)
        base = f"{request.scope['scheme']}://{headers.get('host', 'localhost')}"
        media = query.get("alt") == "media"
        try:
            if match := UPLOAD.fullmatch(path):
                call = Call(path=_parts(match), query=query, headers=headers, base=base)
                return _written(await self._upload(request, call), query).response()
            if BATCH.fullmatch(path):
                return await self._batch(request, headers, base)
            match = OBJECT.fullmatch(path)
            if match and (media or path.startswith("/download/")) and request.method in ("GET", "HEAD"):
                call = Call(path=_parts(match), query=query, headers=headers, base=base)
                return await downloads.media(self._state, call, without_body=request.method == "HEAD")
            content = await _body(request)
        except NotModified:
            return Response(status_code=304)
        except StorageError as refusal:
            if media and request.method == "GET":
                return Response(refusal.message, refusal.status, media_type="text/html; charset=UTF-8")
            return _refused(refusal).response()
        except ClientDisconnect:
            return Response(status_code=499)
        return (await run_in_threadpool(self._answered, request.method, path, query, headers, content, base)).response()

    async def _upload(self, request: Request, call: Call) -> Reply:
        ways = {"POST": self._uploads.post, "PUT": self._uploads.put, "DELETE": self._uploads.delete}
        if request.method not in ways:
            raise not_found()
        return await ways[request.method](call, request.stream())

    async def _batch(self, request: Request, headers: Mapping[str, str], base: str) -> Response:
        content = await _body(request)

        def one(method: str, target: str, own: Mapping[str, str], body: bytes) -> batches.Answered:
            path, _, query = re.sub(r"^https?://[^/]+", "", target).partition("?")
            answer = self._answered(method, path, _query(query), own, body, base)
            return answer.status, answer.headers, answer.content

        kind, body = await run_in_threadpool(batches.answered, headers.get("content-type", ""), content, one)
        return Response(body, headers={"Content-Type": kind})

    def _answered(
        self, method: str, path: str, query: Mapping[str, str], headers: Mapping[str, str], content: bytes, base: str
    ) -> Answered:
        """Never raises for what a client did."""
        try:
            function, match = _method(method, path)
            call = Call(path=_parts(match), query=query, headers=headers, content=content, base=base)
            return _written(function(self._state, call), query)
        except NotModified:
            return Answered(304, {}, b"")
        except StorageError as refusal:
            return _refused(refusal)
        except Exception as error:
            log.exception("%s %s", method, path)
            return _refused(StorageError(500, "backendError", f"The sandbox failed: {type(error).__name__}: {error}"))


def _method(method: str, path: str) -> tuple[Method, re.Match[str]]:
    for row in METHODS:
        if row.verb == method and (match := row.pattern.fullmatch(path)):
            return row.method, match
    if match := NOT_SERVED.fullmatch(path):
        raise not_served(match["bucket"] or match["object"] or match["other"])
    raise not_found()


def _parts(match: re.Match[str]) -> dict[str, str]:
    """The names in a path, decoded. Raises :class:`StorageError` for what is no UTF-8."""
    try:
        parts = {key: unquote(value, errors="strict") for key, value in match.groupdict().items()}
    except UnicodeDecodeError:
        raise StorageError(400, "invalid", "The path is not UTF-8.") from None
    both = {key: parts.get(key) or parts.get(f"to_{key}", "") for key in ("bucket", "object")}
    return {**both, "to_bucket": both["bucket"], **parts}


def _query(text: str) -> dict[str, str]:
    """The parameters; what is given several times is joined by line breaks."""
    query: dict[str, str] = {}
    for name, value in parse_qsl(text, keep_blank_values=True):
        query[name] = f"{query[name]}\n{value}" if name in query else value
    return query


def _written(reply: Reply, query: Mapping[str, str]) -> Answered:
    if reply.document is None:
        return Answered(reply.status, reply.headers, b"")
    mask = query.get("fields")
    document = fields.selected(reply.document, fields.parsed(mask)) if mask else reply.document
    etag = {"ETag": reply.document["etag"]} if "etag" in reply.document else {}
    return _json(reply.status, document, {**etag, **reply.headers}, pretty=query.get("prettyPrint") != "false")


def _refused(refusal: StorageError) -> Answered:
    return _json(refusal.status, refusal.document(), {})


def _json(status: int, document: object, headers: Mapping[str, str], *, pretty: bool = True) -> Answered:
    text = json.dumps(document, ensure_ascii=False, indent=2 if pretty else None)
    return Answered(status, {"Content-Type": "application/json; charset=UTF-8", **headers}, text.encode())


async def _body(request: Request) -> bytes:
    data = bytearray()
    async for piece in request.stream():
        data += piece
        if len(data) > LARGEST_BODY:
            raise StorageError(413, "uploadTooLarge", f"The request is larger than {LARGEST_BODY} bytes.")
    return bytes(data)


async def _healthy(_request: Request) -> Response:
    return Response(b"ok", media_type="text/plain")
