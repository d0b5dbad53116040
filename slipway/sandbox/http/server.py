"""The server side of HTTP/1.1, for clients that may be slow or hostile: asyncio streams, and h11 to read the protocol.

A connection costs a coroutine and no thread. It has some seconds for its head, and as long again for each piece of its
body; what is no HTTP, too long, or too slow is told so and closed.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress
from dataclasses import dataclass, field

import h11

from slipway.sandbox.http import guard
from slipway.sandbox.http.messages import Answer, Head, Headers, Site, TooLargeError, text

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
            await _Connection(reader, writer, self.site).serve()
        except (ConnectionError, TimeoutError, asyncio.IncompleteReadError):
            writer.transport.abort()
        except Exception:
            log.exception("a connection failed")
            writer.transport.abort()
        finally:
            self._open.discard(task)
            writer.close()


class _Connection:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, site: Site) -> None:
        self._reader, self._writer, self._site = reader, writer, site
        self._protocol = h11.Connection(h11.SERVER, max_incomplete_event_size=HEAD_BYTES)
        self._client = str((writer.get_extra_info("peername") or ("127.0.0.1",))[0])
        self._stated_length = 0
        self._body_is_read = False

    async def serve(self) -> None:
        patience = FIRST_SECONDS
        while True:
            try:
                head = await self._head(patience)
            except h11.RemoteProtocolError as error:
                return await self._refuse(error.error_status_hint, str(error))
            except TimeoutError:
                return await self._refuse(408, "the request took too long to arrive")
            if head is None:
                return None
            answer = guard.refusal(head) or await self._answered(head)
            await self._send(head, answer)
            if answer.close or self._protocol.our_state is not h11.DONE or self._protocol.their_state is not h11.DONE:
                return await self._end()
            self._protocol.start_next_cycle()
            patience = IDLE_SECONDS

    async def _answered(self, head: Head) -> Answer:
        if head.target == HEALTH:
            return text(200, "ok")
        try:
            return await self._site(head, self._body)
        except h11.RemoteProtocolError as error:
            return text(error.error_status_hint, f"the body is no HTTP: {error}", close=True)
        except TimeoutError:
            return text(408, "the body took too long to arrive", close=True)

    async def _head(self, patience: float) -> Head | None:
        """The next request's; None where the client has closed. Raises TimeoutError for one that starts and stops."""
        event = self._protocol.next_event()
        if event is h11.NEED_DATA and not self._protocol.trailing_data[0]:
            try:
                data = await asyncio.wait_for(self._reader.read(CHUNK), patience)
            except TimeoutError:
                return None
            self._protocol.receive_data(data)
            event = self._protocol.next_event()
        if event is h11.NEED_DATA:
            async with asyncio.timeout(HEAD_SECONDS):
                while event is h11.NEED_DATA:
                    self._protocol.receive_data(await self._reader.read(CHUNK))
                    event = self._protocol.next_event()
        if not isinstance(event, h11.Request):
            return None
        headers: Headers = tuple((bytes(name).lower(), bytes(value)) for name, value in event.headers)
        lengths = [value for name, value in headers if name == b"content-length"]
        self._stated_length = int(lengths[0]) if lengths else 0
        has_body = self._stated_length > 0 or any(name == b"transfer-encoding" for name, _ in headers)
        self._body_is_read = not has_body and isinstance(self._protocol.next_event(), h11.EndOfMessage)
        method, target = event.method.decode("ascii"), event.target.decode("latin-1")
        return Head(method=method, target=target, headers=headers, client=self._client)

    async def _body(self, most: int) -> bytes:
        if self._body_is_read:
            return b""
        if self._stated_length > most:
            raise TooLargeError
        if self._protocol.they_are_waiting_for_100_continue:
            await self._write(h11.InformationalResponse(status_code=100, headers=[]))
        pieces: list[bytes] = []
        size = 0
        while True:
            event = self._protocol.next_event()
            if event is h11.NEED_DATA:
                self._protocol.receive_data(await asyncio.wait_for(self._reader.read(CHUNK), BODY_SECONDS))
            elif isinstance(event, h11.Data):
                pieces.append(bytes(event.data))
                size += len(event.data)
                if size > most:
                    raise TooLargeError
            elif isinstance(event, h11.EndOfMessage):
                return b"".join(pieces)
            else:
                raise ConnectionResetError("the client went away in mid-body")

    async def _refuse(self, status: int, words: str) -> None:
        """Answer what is no request, and end the connection."""
        if self._protocol.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            with suppress(h11.LocalProtocolError):
                await self._send(None, text(status, words, close=True))
        await self._end()

    async def _send(self, head: Head | None, answer: Answer) -> None:
        headers = list(answer.headers)
        if isinstance(answer.content, bytes):
            headers = [(name, value) for name, value in headers if name != b"content-length"]
            headers.append((b"content-length", str(len(answer.content)).encode()))
        if answer.close:
            headers.append((b"connection", b"close"))
        without_body = (head is not None and head.method == "HEAD") or answer.status in (204, 304)
        if without_body and isinstance(answer.content, bytes) and not answer.content:
            headers = list(answer.headers)
        await self._write(h11.Response(status_code=answer.status, headers=headers))
        if isinstance(answer.content, bytes):
            if answer.content and not without_body:
                await self._write(h11.Data(data=answer.content))
        else:
            await self._stream(answer.content, without_body=without_body)
        await self._write(h11.EndOfMessage())

    async def _stream(self, content: AsyncGenerator[bytes], *, without_body: bool) -> None:
        async with aclosing(content):
            async for piece in content:
                if piece and not without_body:
                    await self._write(h11.Data(data=piece))

    async def _write(self, event: "h11.Event") -> None:
        data = self._protocol.send(event)
        if data:
            self._writer.write(data)
            await asyncio.wait_for(self._writer.drain(), SEND_SECONDS)

    async def _end(self) -> None:
        """Close so that the answer is read: a reset would take it away from a client that is still sending."""
        with suppress(OSError, TimeoutError):
            if self._writer.can_write_eof():
                self._writer.write_eof()
            async with asyncio.timeout(LINGER_SECONDS):
                while await self._reader.read(CHUNK):
                    pass
