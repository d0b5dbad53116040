"""The client side of HTTP/1.1: an emulator on a socket file or an app on a port, over connections that are kept."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, field
from pathlib import Path

from slipway.sandbox.http.messages import Answer, Head, Headers, Stream, passed_on
from slipway.sandbox.http.parsing import Data, End, ProtocolError, Response
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
ONCE = frozenset({"POST", "PATCH"})
"""Methods that may do something else the second time: https://www.rfc-editor.org/rfc/rfc9110#section-9.2.2."""
KEPT = 16
"""Idle connections to one upstream."""
CHUNK = 64 << 10
HEAD_BYTES = 256 << 10


class BodyError(Exception):
    """The body of a request could not be read on; ``cause`` is why."""

    def __init__(self, cause: Exception) -> None:
        super().__init__(str(cause))
        self.cause = cause


class UnavailableError(Exception):
    """Nothing answers behind the gateway; says what happened."""


class LateError(UnavailableError):
    """The head of the answer did not come in time."""


class NotTakenError(UnavailableError):
    """It does not take connections: nothing of the request was sent."""


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

    async def ask(self, head: Head, headers: Headers, body: bytes | Stream) -> Answer:
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
                    status, _ = await line.request(question, ((b"host", b"localhost"),), b"", self.well)
                finally:
                    line.close()
        except (UnavailableError, OSError, TimeoutError, ProtocolError):
            self._hung = True
            return False
        self._hung = False
        return status < 500

    async def _asked(self, head: Head, headers: Headers, body: bytes | Stream) -> Answer:
        # A server may close what is idle at any moment; a request that must not be sent twice gets a new connection.
        while self._idle and isinstance(body, bytes) and head.method not in ONCE:
            line = self._idle.pop()
            if line.stale:
                line.close()
                continue
            try:
                return await self._exchange(line, head, headers, body)
            except LateError:
                raise
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
            raise NotTakenError(f"it does not take connections: {error}") from error

    async def _exchange(self, line: "_Line", head: Head, headers: Headers, body: bytes | Stream) -> Answer:
        try:
            status, received = await line.request(head, headers, body, self.seconds)
        except BodyError as error:
            line.close()
            raise error.cause from error
        except TimeoutError as error:
            line.close()
            raise LateError(f"it did not answer within {self.seconds:g} s") from error
        except (OSError, ProtocolError) as error:
            line.close()
            raise UnavailableError(f"it did not answer: {type(error).__name__} {error}".strip()) from error
        except BaseException:
            line.close()
            raise
        return Answer(status=status, headers=passed_on(received), content=self._content(line))

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
        self._response: Response | None = None
        self._whole, self._sent_whole = False, True
        self._sending: asyncio.Task[None] | None = None

    @property
    def stale(self) -> bool:
        return self._reader.at_eof() or self._writer.is_closing()

    def close(self) -> None:
        if self._sending is not None and not self._sending.done():
            self._sending.cancel()
        self._writer.close()

    async def request(self, head: Head, headers: Headers, body: bytes | Stream, seconds: float) -> tuple[int, Headers]:
        """Status and headers of the answer. Raises OSError, TimeoutError or :class:`ProtocolError`."""
        self._response = Response(HEAD_BYTES, to_head=head.method == "HEAD")
        self._whole = self._sent_whole = False
        if isinstance(body, bytes):
            framing = () if not body and head.method in ("GET", "HEAD") else ((b"content-length", b"%d" % len(body)),)
            start = _written(head, headers, framing)
            if len(body) <= CHUNK:
                self._writer.write(start + body)
                self._sent_whole = True
                async with asyncio.timeout(seconds):
                    return await self._head()
            return await self._while_sending(start, _cut(body), False, seconds)
        chunked = body.size is None
        framing = ((b"transfer-encoding", b"chunked"),) if chunked else ((b"content-length", b"%d" % body.size),)
        return await self._while_sending(_written(head, headers, framing), body.pieces, chunked, seconds)

    async def _while_sending(
        self, start: bytes, pieces: AsyncGenerator[bytes], chunked: bool, seconds: float
    ) -> tuple[int, Headers]:
        """A server may answer before it has the whole body, and read on or not."""
        self._sending = sending = asyncio.ensure_future(self._send(start, pieces, chunked))
        answering = asyncio.ensure_future(self._head())
        try:
            await asyncio.wait([sending, answering], return_when=asyncio.FIRST_COMPLETED)
            if not answering.done():
                error = sending.exception()
                if isinstance(error, BodyError):
                    raise error
                async with asyncio.timeout(CONNECT_SECONDS if error else seconds):
                    return await answering
            return answering.result()
        finally:
            answering.cancel()

    async def _send(self, start: bytes, pieces: AsyncGenerator[bytes], chunked: bool) -> None:
        self._writer.write(start)
        async with aclosing(pieces):
            while (piece := await _next(pieces)) is not None:
                if piece:
                    self._writer.write(b"%x\r\n%b\r\n" % (len(piece), piece) if chunked else piece)
                    await self._writer.drain()
        if chunked:
            self._writer.write(b"0\r\n\r\n")
        await self._writer.drain()
        self._sent_whole = True

    async def _head(self) -> tuple[int, Headers]:
        assert self._response is not None
        while (head := self._response.head()) is None:
            await self._read()
        return head

    async def pieces(self) -> AsyncGenerator[bytes]:
        assert self._response is not None
        while True:
            event = self._response.next()
            if isinstance(event, Data):
                yield event.content
            elif isinstance(event, End):
                self._whole = self._response.keep_alive and event.keep_alive
                return
            else:
                await self._read(body=True)

    def reusable(self) -> bool:
        return self._whole and self._sent_whole

    async def _read(self, *, body: bool = False) -> None:
        assert self._response is not None
        data = await self._reader.read(CHUNK)
        if data:
            self._response.feed(data)
        elif body:
            self._response.closed()
        else:
            raise ConnectionResetError("it closed the connection")


async def _next(pieces: AsyncGenerator[bytes]) -> bytes | None:
    """The next piece; None after the last. Raises :class:`BodyError`."""
    try:
        return await anext(pieces)
    except StopAsyncIteration:
        return None
    except Exception as error:
        raise BodyError(error) from error


async def _cut(body: bytes) -> AsyncGenerator[bytes]:
    for at in range(0, len(body), 1 << 20):
        yield body[at : at + (1 << 20)]


def _written(head: Head, headers: Headers, framing: Headers) -> bytes:
    """The head of a request."""
    sent = [pair for pair in headers if pair[0] not in (b"content-length", b"transfer-encoding", b"expect")]
    lines = [f"{head.method} {head.target} HTTP/1.1".encode("latin-1")]
    lines += [b"%b: %b" % pair for pair in (*sent, *framing)]
    return b"\r\n".join([*lines, b"", b""])
