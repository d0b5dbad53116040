"""Bytes on their way in: in one request, alone or with their metadata, or in as many as it takes.

https://cloud.google.com/storage/docs/uploads-downloads#uploads
"""

import asyncio
import re
import secrets
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any
from weakref import WeakValueDictionary

from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from slipway.sandbox.cloudstorage import blobs, errors, generations, object_rules, preconditions
from slipway.sandbox.cloudstorage.blobs import Running, Sums
from slipway.sandbox.cloudstorage.calls import Call, Reply, parsed
from slipway.sandbox.cloudstorage.errors import StorageError
from slipway.sandbox.cloudstorage.index import Row
from slipway.sandbox.cloudstorage.multipart import Related
from slipway.sandbox.cloudstorage.objects import shown
from slipway.sandbox.cloudstorage.state import State

UNIT = 256 << 10
"""Of which every piece of an upload but its last is a multiple."""
RANGE = re.compile(r"bytes (?:(\d+)-(\d+)|\*)/(\d+|\*)")
LARGEST_DOCUMENT = 1 << 20
Content = AsyncIterator[bytes]


class Uploads:
    """The uploads of one service."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def post(self, call: Call, content: Content) -> Reply:
        """A whole upload, or the beginning of one in pieces."""
        kind = call.query.get("uploadType") or ("resumable" if "upload_id" in call.query else "")
        if kind == "resumable":
            return await (self.put(call, content) if "upload_id" in call.query else self._begin(call, content))
        if kind not in ("media", "multipart"):
            raise StorageError(400, "badRequest", f"uploadType must be media, multipart or resumable, got '{kind}'.")
        await run_in_threadpool(self._writable, call.bucket)
        return await (self._media if kind == "media" else self._multipart)(call, content)

    def _writable(self, bucket: str) -> None:
        self._state.writable(self._state.bucket(bucket))

    async def _media(self, call: Call, content: Content) -> Reply:
        document = {"name": call.query.get("name"), "contentType": call.headers.get("content-type")}
        name = _name(document, call)
        part, running = self._state.blobs.part(), Running()
        try:
            with part.open("wb") as file:
                async for piece in content:
                    running.add(piece)
                    file.write(piece)
            return await run_in_threadpool(self._finished, call, name, document, part, running.sums())
        finally:
            part.unlink(missing_ok=True)

    async def _multipart(self, call: Call, content: Content) -> Reply:
        related = Related(call.headers.get("content-type", ""))
        part, running = self._state.blobs.part(), Running()
        try:
            with part.open("wb") as file:
                async for piece in content:
                    data = related.feed(piece)
                    running.add(data)
                    file.write(data)
            if not related.whole:
                raise StorageError(400, "badContent", "Malformed multipart body: its last boundary is missing.")
            document = {"contentType": related.content_type or None, **related.metadata}
            name = _name(document, call)
            return await run_in_threadpool(self._finished, call, name, document, part, running.sums())
        finally:
            part.unlink(missing_ok=True)

    async def _begin(self, call: Call, content: Content) -> Reply:
        """https://cloud.google.com/storage/docs/performing-resumable-uploads#initiate-session."""
        document = parsed(await _whole(content))
        own = {"contentType": call.headers.get("x-upload-content-type"), **document}
        name = _name(own, call)
        conditions = {key: value for key, value in call.query.items() if key.startswith("if")}
        preconditions.of(conditions)
        object_rules.settings(own)
        id = secrets.token_urlsafe(48)
        body = {"name": name, "document": own, "conditions": conditions, "size": _size(call)}
        await run_in_threadpool(self._open, id, call.bucket, body)
        place = f"{call.base}/upload/storage/v1/b/{call.bucket}/o?uploadType=resumable&upload_id={id}"
        return Reply(headers={"Location": place, "X-GUploader-UploadID": id})

    def _open(self, id: str, bucket: str, body: dict[str, Any]) -> None:
        self._writable(bucket)
        self._state.blobs.part(id).touch(mode=0o600)
        with self._state.index.writing() as now:
            now.put_session(id, bucket, body)

    async def put(self, call: Call, content: Content) -> Reply:
        """The next bytes of an upload, or the question how many are there."""
        id = call.query.get("upload_id", "")
        async with self._locks.setdefault(id, asyncio.Lock()):
            session = await run_in_threadpool(self._session, id)
            if "done" in session:
                return Reply(document=session["done"])
            first, final, size = _asked(call, session)
            part = self._state.blobs.part(id)
            there = part.stat().st_size if part.exists() else 0
            if first is None:
                if size != there:
                    return _more(there)
            else:
                there = await _written(part, there, first, content, final=final or size is not None)
                if size is None and not final:
                    return _more(there)
                if size is not None and there < size:
                    return _more(_floored(part, there))
            return await run_in_threadpool(self._complete, call, id, session, part)

    async def delete(self, call: Call, _content: Content) -> Reply:
        """Give an upload up: https://cloud.google.com/storage/docs/performing-resumable-uploads#cancel-upload."""
        id = call.query.get("upload_id", "")
        await run_in_threadpool(self._session, id)
        await run_in_threadpool(self._forget, id)
        return Reply(status=499)

    def _forget(self, id: str) -> None:
        with self._state.index.writing() as now:
            now.drop_session(id)
        self._state.blobs.part(id).unlink(missing_ok=True)

    def _session(self, id: str) -> dict[str, Any]:
        with self._state.index.reading() as now:
            session = now.session(id)
        if session is None:
            raise StorageError(404, "notFound", "No such upload: it was cancelled, or never begun.")
        return session

    def _complete(self, call: Call, id: str, session: Mapping[str, Any], part: Path) -> Reply:
        own = Call(path=call.path, query=session["conditions"], headers={}, base=call.base)
        reply = self._finished(own, session["name"], session["document"], part, blobs.sums_of(part))
        with self._state.index.writing() as now:
            now.put_session(id, call.bucket, {**session, "done": reply.document})
        return reply

    def _finished(self, call: Call, name: str, document: Mapping[str, Any], part: Path, sums: Sums) -> Reply:
        """The object, once its bytes are the ones that were meant."""
        object_rules.verify(document, sums)
        settings = object_rules.settings(document)

        def resource(bucket: Mapping[str, Any]) -> dict[str, Any]:
            return object_rules.created(settings, bucket, sums)

        row: Row = generations.put(
            self._state, call.bucket, name, self._state.blobs.take(part), resource, call.preconditions()
        )
        return Reply(document=shown(row, call))


async def _whole(content: Content) -> bytes:
    data = b""
    async for piece in content:
        data += piece
        if len(data) > LARGEST_DOCUMENT:
            raise StorageError(413, "uploadTooLarge", f"The metadata is larger than {LARGEST_DOCUMENT} bytes.")
    return data


async def _written(part: Path, there: int, first: int, content: Content, *, final: bool) -> int:
    """Write what comes from ``first`` on, over what is there; how many bytes are there now.

    Where the client goes away, and for a piece that is not the last, that is a multiple of :data:`UNIT`.
    """
    if first > there:
        message = (
            f"Invalid request.  According to the Content-Range header, the upload offset is {first} byte(s), which "
            f"exceeds already uploaded size of {there} byte(s)."
        )
        raise StorageError(503, "backendError", message)
    skipped = there - first
    try:
        with part.open("ab") as file:
            async for piece in content:
                rest = piece[skipped:]
                skipped -= len(piece) - len(rest)
                file.write(rest)
                there += len(rest)
    except ClientDisconnect:
        _floored(part, there)
        raise
    return there if final else _floored(part, there)


def _floored(part: Path, there: int) -> int:
    """Cut a file to a multiple of :data:`UNIT`; how long it is now."""
    with part.open("r+b") as file:
        file.truncate(there - there % UNIT)
    return there - there % UNIT


def _asked(call: Call, session: Mapping[str, Any]) -> tuple[int | None, bool, int | None]:
    """Where the bytes of a request begin (None: there are none), whether they are the last, and how many are in all."""
    stated = call.headers.get("content-range")
    if not stated:
        return 0, True, session["size"]
    match = RANGE.fullmatch(stated.strip())
    if match is None:
        raise errors.invalid(f"Failed to parse Content-Range header: {stated!r}")
    size = None if match[3] == "*" else int(match[3])
    if match[1] is None:
        return None, False, size
    last = int(match[2])
    if size is not None and last >= size:
        raise errors.invalid(f"Content-Range ends beyond the whole: {stated!r}")
    return int(match[1]), size is not None and last + 1 == size, size


def _more(there: int) -> Reply:
    """https://cloud.google.com/storage/docs/performing-resumable-uploads#status-check."""
    return Reply(status=308, headers={"Range": f"bytes=0-{there - 1}"} if there else {})


def _name(document: Mapping[str, Any], call: Call) -> str:
    name = call.query.get("name") or document.get("name") or ""
    object_rules.valid_name(str(name))
    return str(name)


def _size(call: Call) -> int | None:
    stated = call.headers.get("x-upload-content-length", "")
    return int(stated) if stated.isascii() and stated.isdigit() else None
