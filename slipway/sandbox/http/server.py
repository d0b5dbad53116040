"""The server side of HTTP/1.1, for clients that may be slow or hostile: asyncio streams, and llhttp that reads.

A connection costs a coroutine and no thread. It has some seconds for its head, and as long again for each piece of its
body; what is no HTTP, too long, or too slow is told so and closed.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress
from dataclasses import dataclass, field
from http import HTTPStatus

from slipway.sandbox.http import guard
from slipway.sandbox.http.messages import Answer, Body, Head, Site, TooLargeError, text
from slipway.sandbox.http.parsing import Data, End, Event, HeadEvent, ProtocolError, Requests

log = logging.getLogger(__name__)

HEAD_BYTES = 64 << 10
HEAD_SECONDS = 10.0
"""From the first byte of a head to its last."""
IDLE_SECONDS = 75.0
"""Until the first byte of the next request."""
FIRST_SECONDS = 15.0
"""Until the first byte of a connection."""
BODY_SECONDS = 30.0
"""Between two pieces of a body."""
SEND_SECONDS = 60.0
"""For a piece of an answer to be taken."""
LINGER_SECONDS = 1.0
"""For which the rest of a refused body is read, so that the refusal reaches a client that still sends."""
CHUNK = 64 << 10
HEALTH = "/_slipway/health"


@dataclass
class Server:
    """The requests of one listening socket, answered by a site."""

    site: Site
    answers_as: guard.Names = guard.no_other
    is_own_proxy: bool = False
    """Whether a client may take this port for its proxy to the port itself: :func:`guard.own_path`."""
    most: int = 2000
    """Connections at a time."""
    _open: set["asyncio.Task[None]"] = field(default_factory=set)

    async def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve a connection until its end; never raises."""
        if len(self._open) >= self.most:
            writer.transport.abort()
            return
        task = asyncio.current_task()
        assert task is not None
        self._open.add(task)
        try:
            await _Connection(reader, writer, self).serve()
        except (ConnectionError, TimeoutError, asyncio.IncompleteReadError):
            writer.transport.abort()
        except Exception:
            log.exception("a connection failed")
            writer.transport.abort()
        finally:
            self._open.discard(task)
            writer.close()


class _Connection:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, server: Server) -> None:
        self._reader, self._writer, self._site, self._answers_as = reader, writer, server.site, server.answers_as
        self._own_port = int(writer.get_extra_info("sockname")[1]) if server.is_own_proxy else 0
        self._requests = Requests(HEAD_BYTES)
        self._client = str((writer.get_extra_info("peername") or ("127.0.0.1",))[0])

    async def serve(self) -> None:
        patience = FIRST_SECONDS
        while True:
            try:
                event = await self._head(patience)
            except ProtocolError as error:
                return await self._refuse(error.status, str(error))
            except TimeoutError:
                return await self._refuse(408, "the request took too long to arrive")
            if event is None:
                return None
            method, target = event.first
            head = Head(method=method, target=target, headers=event.headers, client=self._client)
            if self._own_port and guard.is_tunnel_to_itself(head, self._own_port):
                await self._write(b"HTTP/1.1 200 Connection established\r\n\r\n")
                self._requests = Requests(HEAD_BYTES)
                continue
            head = guard.own_path(head, self._own_port) if self._own_port else head
            incoming = _Incoming(self, head, event.version)
            answer = _unreadable(event) or guard.refusal(head, self._answers_as) or await self._answered(head, incoming)
            await self._send(answer, event, open=incoming.done and event.keep_alive)
            if answer.close or not incoming.done or not event.keep_alive or not incoming.keep_alive:
                return await self._end()
            patience = IDLE_SECONDS

    async def _answered(self, head: Head, body: Body) -> Answer:
        if head.target == HEALTH:
            return text(200, "ok")
        try:
            return await self._site(head, body)
        except ProtocolError as error:
            return text(error.status, f"the body is no HTTP: {error}", close=True)
        except TimeoutError:
            return text(408, "the body took too long to arrive", close=True)

    async def _head(self, patience: float) -> HeadEvent | None:
        """The next request's; None where the client has closed. Raises TimeoutError for one that starts and stops."""
        requests = self._requests
        event = requests.next()
        requests.begun = event is not None
        if event is None:
            try:
                async with asyncio.timeout(patience):
                    data = await self._reader.read(CHUNK)
            except TimeoutError:
                return None
            if not data:
                return None
            requests.feed(data)
            event = requests.next()
        if event is None:
            async with asyncio.timeout(HEAD_SECONDS):
                while event is None:
                    data = await self._reader.read(CHUNK)
                    if not data:
                        return None
                    requests.feed(data)
                    event = requests.next()
        return event if isinstance(event, HeadEvent) else None

    async def event(self) -> Event:
        """What follows of a body. Raises TimeoutError, :class:`ProtocolError`; OSError where the client goes away."""
        while (event := self._requests.next()) is None:
            async with asyncio.timeout(BODY_SECONDS):
                data = await self._reader.read(CHUNK)
            if not data:
                raise ConnectionResetError("the client went away in mid-body")
            self._requests.feed(data)
        return event

    def at_once(self) -> Event | None:
        """What has come already."""
        return self._requests.next()

    def go_on(self) -> None:
        """Tell a client that waits for it to send its body."""
        self._writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    async def _refuse(self, status: int, words: str) -> None:
        """Answer what is no request, and end the connection."""
        await self._send(text(status, words, close=True), None, open=False)
        await self._end()

    async def _send(self, answer: Answer, request: HeadEvent | None, *, open: bool) -> None:
        headers, content = list(answer.headers), answer.content
        method, version = (request.first[0], request.version) if request else ("", "1.1")
        without_body = method == "HEAD" or answer.status in (204, 304)
        chunked = False
        if isinstance(content, bytes):
            if content or not without_body:
                headers = [(name, value) for name, value in headers if name.lower() != b"content-length"]
                headers.append((b"content-length", str(len(content)).encode()))
        elif not without_body and not any(name.lower() == b"content-length" for name, _ in headers):
            chunked = version == "1.1"
            if chunked:
                headers.append((b"transfer-encoding", b"chunked"))
            else:
                open = False
        if answer.close or not open:
            headers.append((b"connection", b"close"))
        elif version == "1.0":
            headers.append((b"connection", b"keep-alive"))
        head = _written(answer.status, headers)
        if isinstance(content, bytes):
            await self._write(head + content if not without_body else head)
        else:
            await self._stream(head, content, without_body=without_body, chunked=chunked)
        if not isinstance(content, bytes) and not chunked and not open:
            self._writer.write_eof() if self._writer.can_write_eof() else None

    async def _stream(self, head: bytes, content: AsyncGenerator[bytes], *, without_body: bool, chunked: bool) -> None:
        """Head and first piece together: most answers are one piece."""
        pending = head
        async with aclosing(content):
            async for piece in content:
                if without_body or not piece:
                    if pending:
                        await self._write(pending)
                        pending = b""
                    continue
                data = b"%x\r\n%b\r\n" % (len(piece), piece) if chunked else piece
                await self._write(pending + data)
                pending = b""
        await self._write(pending + (b"0\r\n\r\n" if chunked else b""))

    async def _write(self, data: bytes) -> None:
        if not data:
            return
        self._writer.write(data)
        if self._writer.transport.get_write_buffer_size() > 0:
            async with asyncio.timeout(SEND_SECONDS):
                await self._writer.drain()

    async def _end(self) -> None:
        """Close so that the answer is read: a reset would take it away from a client that is still sending."""
        with suppress(OSError, TimeoutError):
            if self._writer.can_write_eof():
                self._writer.write_eof()
            async with asyncio.timeout(LINGER_SECONDS):
                while await self._reader.read(CHUNK):
                    pass


class _Incoming:
    """:class:`~slipway.sandbox.http.messages.Body` of a connection."""

    def __init__(self, connection: _Connection, head: Head, version: str) -> None:
        length, coding = head.value(b"content-length"), head.value(b"transfer-encoding")
        self.size: int | None = None if coding else int(length) if length.isdigit() else 0
        self.done, self.keep_alive = False, True
        self._connection = connection
        self._waits = version == "1.1" and head.value(b"expect").lower() == "100-continue"
        if self.size == 0 and isinstance(event := connection.at_once(), End):
            self.done, self.keep_alive = True, event.keep_alive

    async def __call__(self, most: int) -> bytes:
        return b"".join([piece async for piece in self.pieces(most)])

    async def pieces(self, most: int) -> AsyncGenerator[bytes]:
        if self.done:
            return
        if self.size is not None and self.size > most:
            raise TooLargeError
        if self._waits:
            self._waits = False
            self._connection.go_on()
        size = 0
        while not isinstance(event := await self._connection.event(), End):
            if isinstance(event, Data):
                size += len(event.content)
                if size > most:
                    raise TooLargeError
                yield event.content
        self.done, self.keep_alive = True, event.keep_alive


def _unreadable(event: HeadEvent) -> Answer | None:
    """The answer to what llhttp takes and this server does not."""
    codings = [value.strip().lower() for name, value in event.headers if name == b"transfer-encoding"]
    if event.version not in ("1.0", "1.1"):
        return text(
            505 if event.version > "1.1" else 400, f"this is HTTP of another version: {event.version}", close=True
        )
    if codings and (codings != [b"chunked"] or event.version == "1.0"):
        return text(501, "a body is chunked or of a stated length", close=True)
    if event.version == "1.1" and not any(name == b"host" for name, _ in event.headers):
        return text(400, "a request has a Host header", close=True)
    return None


def _written(status: int, headers: list[tuple[bytes, bytes]]) -> bytes:
    """The head of a response. Raises ValueError for a header that would be two."""
    lines = [b"HTTP/1.1 %d %b" % (status, REASONS.get(status, b""))]
    lines += [b"%b: %b" % pair for pair in headers]
    head = b"\r\n".join(lines)
    if head.count(b"\n") != len(headers) or head.count(b"\r") != len(headers):
        raise ValueError(f"a header has a line break: {headers!r}")
    return head + b"\r\n\r\n"


REASONS = {status.value: status.phrase.encode() for status in HTTPStatus}
