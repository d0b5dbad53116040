"""The client side of the gateway: connections that are kept, servers that hang."""

import asyncio
import socket
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from slipway.sandbox.http.messages import Answer, Head
from slipway.sandbox.http.upstream import UnavailableError, Upstream
from slipway.sandbox.services import sockets

ASKED = Head(method="POST", target="/slow")
Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


async def content(answer: Answer) -> bytes:
    assert not isinstance(answer.content, bytes)
    return b"".join([piece async for piece in answer.content])


def with_server(place: Path, serve: Serve, ask: Callable[[], Awaitable[None]]) -> None:
    """Run ``ask`` while ``serve`` answers at a socket file."""

    async def run() -> None:
        server = await asyncio.start_unix_server(serve, sock=sockets.listen(place))
        async with server:
            await ask()

    asyncio.run(run())


def test_a_server_that_hangs_is_noticed_before_its_time_is_over(tmp_path: Path) -> None:
    """It takes connections and answers nothing, not even whether it is well; the next call does not wait for it."""
    place = tmp_path / "s.sock"
    listener = sockets.listen(place)
    upstream = Upstream(place, health="/well", watch=0.2, well=0.1)

    async def ask() -> None:
        with pytest.raises(UnavailableError, match="hangs"):
            await upstream.ask(ASKED, ((b"host", b"x"),), b"")

    began = time.monotonic()
    asyncio.run(ask())
    assert time.monotonic() - began < 2
    again = time.monotonic()
    asyncio.run(ask())
    assert time.monotonic() - again < 1
    listener.close()


def test_a_server_that_takes_its_time_and_is_well_is_waited_for(tmp_path: Path) -> None:
    """A function may run for a quarter of an hour: as long as the emulator says that it is well, it is not given up."""
    finished = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        if head.startswith(b"POST /slow"):
            await finished.wait()
        else:
            asked.append(head)
            if len(asked) == 4:
                finished.set()
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        await writer.drain()
        writer.close()

    asked: list[bytes] = []
    upstream = Upstream(tmp_path / "s.sock", health="/well", watch=0.05, well=0.5)

    async def ask() -> None:
        answer = await upstream.ask(ASKED, ((b"host", b"x"),), b"")
        assert (answer.status, await content(answer)) == (200, b"ok")

    with_server(tmp_path / "s.sock", serve, ask)
    assert len(asked) >= 4


def test_a_kept_connection_that_was_closed_is_opened_again(tmp_path: Path) -> None:
    """Servers close what is idle: the next request does not fail for it."""
    served: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        served.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        await writer.drain()
        writer.close()

    upstream = Upstream(tmp_path / "s.sock")

    async def ask() -> None:
        for _ in range(3):
            assert await content(await upstream.ask(ASKED, ((b"host", b"x"),), b"")) == b"ok"

    with_server(tmp_path / "s.sock", serve, ask)
    assert len(served) == 3


def test_a_socket_file_may_lie_deep(tmp_path: Path) -> None:
    """A path longer than an address may be is listened on and found all the same."""
    place = tmp_path / ("a" * 60) / ("b" * 60) / "s.sock"
    listener = sockets.listen(place)
    assert place.lstat().st_mode & 0o777 == 0o600
    with sockets.connect(place, 1.0) as line:
        assert line.family is socket.AF_UNIX
    listener.close()
