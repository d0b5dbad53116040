"""The client side of HTTP/1.1: an emulator on a socket file or an app on a port, over connections that are kept."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from pathlib import Path

import h11

from slipway.sandbox.http.messages import Answer, Head, Headers, passed_on
from slipway.sandbox.services import sockets

CONNECT_SECONDS = 2.0
WATCH_SECONDS = 8.0
"""That an answer may take before its server is asked whether it is well, and how long that is repeated after."""
WELL_SECONDS = 4.0
"""For a server to say that it is well."""
FAILURES = 2
"""Questions in a row that a server leaves unanswered before it counts as hung."""
ANSWER_SECONDS = 920.0
"""Longer than the longest function of AWS may run (15 minutes)."""
KEPT = 16
"""Idle connections to one upstream."""
CHUNK = 64 << 10
HEAD_BYTES = 256 << 10


class UnavailableError(Exception):
    """Nothing answers behind the gateway; says what happened."""


@dataclass
class Upstream:
    """A server on this machine, by its socket file or its port of 127.0.0.1."""

    place: Path | int
    seconds: float = ANSWER_SECONDS
    """Until the head of an answer is there."""
    health: str = ""
    """A path that is answered at once, however busy the server is; "" for a server that has none."""
    greeting: bytes = b""
    """With which each connection begins."""
    watch: float = WATCH_SECONDS
    well: float = WELL_SECONDS
    _hung: bool = False
    _idle: deque["_Line"] = field(default_factory=deque)

    async def ask(self, head: Head, headers: Headers, body: bytes) -> Answer:
        """Send a whole request on; its answer, whose body is read as it comes. Raises :class:`UnavailableError`.

        While the answer is waited for, a server that has a ``health`` is asked for it: one that hangs is noticed long
        before the time is over that an answer may take.
        """
        if not self.health:
            return await self._asked(head, headers, body)
        if self._hung and not await self._well():
            raise UnavailableError("it hangs")
        asking = asyncio.ensure_future(self._asked(head, headers, body))
        try:
            failures = 0
            while not (await asyncio.wait([asking], timeout=self.well if failures else self.watch))[0]:
                failures = 0 if await self._well() else failures + 1
                if failures == FAILURES and not asking.done():
                    raise UnavailableError("it hangs")
            return asking.result()
        finally:
            asking.cancel()

    async def _well(self) -> bool:
        try:
            async with asyncio.timeout(self.well):
                line = await self._connected()
                try:
                    question = Head(method="GET", target=self.health)
                    answer = await line.request(question, ((b"host", b"localhost"),), b"", self.well)
                finally:
                    line.close()
        except (UnavailableError, OSError, TimeoutError, h11.ProtocolError):
            self._hung = True
            return False
        self._hung = False
        return answer.status_code < 500

    async def _asked(self, head: Head, headers: Headers, body: bytes) -> Answer:
        while self._idle:
            line = self._idle.pop()
            if line.stale:
                line.close()
                continue
            try:
                return await self._exchange(line, head, headers, body)
            except UnavailableError:
                break  # closed while it was idle: nothing of the request was taken
        return await self._exchange(await self._connected(), head, headers, body)

    async def _connected(self) -> "_Line":
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                if isinstance(self.place, Path):
                    with sockets.address(self.place) as address:
                        return _Line(*await asyncio.open_unix_connection(address))
                reader, writer = await asyncio.open_connection("127.0.0.1", self.place)
                writer.write(self.greeting)
                return _Line(reader, writer)
        except (OSError, TimeoutError) as error:
            raise UnavailableError(f"it does not take connections: {error}") from error

    async def _exchange(self, line: "_Line", head: Head, headers: Headers, body: bytes) -> Answer:
        try:
            response = await line.request(head, headers, body, self.seconds)
        except (OSError, TimeoutError, h11.ProtocolError) as error:
            line.close()
            raise UnavailableError(f"it did not answer: {type(error).__name__} {error}".strip()) from error
        forwarded = passed_on((bytes(name), bytes(value)) for name, value in response.headers)
        return Answer(status=response.status_code, headers=forwarded, content=self._content(line))

    async def _content(self, line: "_Line") -> AsyncGenerator[bytes]:
        whole = False
        try:
            async for piece in line.pieces():
                yield piece
            whole = line.reusable()
        finally:
            if whole and len(self._idle) < KEPT:
                self._idle.append(line)
            else:
                line.close()


class _Line:
    """One connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer
        self._protocol = h11.Connection(h11.CLIENT, max_incomplete_event_size=HEAD_BYTES)

    @property
    def stale(self) -> bool:
        return self._reader.at_eof() or self._writer.is_closing()

    def close(self) -> None:
        self._writer.close()

    async def request(self, head: Head, headers: Headers, body: bytes, seconds: float) -> h11.Response:
        lengths = () if not body and head.method in ("GET", "HEAD") else ((b"content-length", str(len(body)).encode()),)
        sent = [(name, value) for name, value in headers if name not in (b"content-length", b"expect")]
        request = h11.Request(method=head.method, target=head.target, headers=[*sent, *lengths])
        self._writer.write(self._protocol.send(request) or b"")
        for at in range(0, len(body), 1 << 20):
            self._writer.write(self._protocol.send(h11.Data(data=body[at : at + (1 << 20)])) or b"")
            await self._writer.drain()
        self._writer.write(self._protocol.send(h11.EndOfMessage()) or b"")
        async with asyncio.timeout(seconds):
            await self._writer.drain()
            while not isinstance(event := await self._event(), h11.Response):
                if not isinstance(event, h11.InformationalResponse):
                    raise ConnectionResetError("it closed the connection")
        return event

    async def pieces(self) -> AsyncGenerator[bytes]:
        while isinstance(event := await self._event(), h11.Data):
            yield bytes(event.data)

    def reusable(self) -> bool:
        if self._protocol.our_state is not h11.DONE or self._protocol.their_state is not h11.DONE:
            return False
        self._protocol.start_next_cycle()
        return True

    async def _event(self) -> "h11.Event | type[h11.PAUSED]":
        while (event := self._protocol.next_event()) is h11.NEED_DATA:
            self._protocol.receive_data(await self._reader.read(CHUNK))
        return event  # pyright: ignore[reportReturnType]
