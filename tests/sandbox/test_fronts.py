"""A front in front of an app: it is never behind a deployment, and passes bodies on while they come."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from slipway.sandbox.gateway import fronts
from slipway.sandbox.gateway.fronts import Fronts
from slipway.sandbox.http.server import Server
from slipway.sandbox.services import registry
from slipway.sandbox.services.processes import Process, beginning
from slipway.sandbox.services.registry import Service
from slipway.sandbox.stores.google import Record, Store, store_path

HOST = b"demo.ew.r.appspot.localhost"
SPLIT = """
import sys
from pathlib import Path
from slipway.sandbox.stores.google import Record, Store, store_path
with Store(store_path(Path(sys.argv[1]))).transaction() as now:
    now.put("split", Record("demo/default", "demo", {"allocations": {sys.argv[2]: 1}}))
"""
App = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
Client = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def saying(words: bytes) -> App:
    """An app that answers every request without a body with some words."""

    async def app(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while await reader.readuntil(b"\r\n\r\n"):
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(words), words))
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    return app


def moved(state_folder: Path, version: str) -> None:
    """Have another process give a version all the traffic, as the provider does."""
    subprocess.run([sys.executable, "-c", SPLIT, str(state_folder), version], check=True)


def with_apps(state_folder: Path, apps: dict[str, App], client: Client) -> None:
    """Run a client on a connection to the front of versions, the first of which has the traffic."""

    async def run() -> None:
        me = Process(os.getpid(), beginning(psutil.Process()))
        for version, app in apps.items():
            server = await asyncio.start_server(app, "127.0.0.1", 0)
            port = server.sockets[0].getsockname()[1]
            registry.put(state_folder, Service(f"version:demo/default/{version}", me, {"http": port}))
        with Store(store_path(state_folder)).transaction() as now:
            now.put("application", Record("demo", "demo", {}))
            for version in apps:
                now.put("version", Record(f"demo/default/{version}", "demo", {}))
            now.put("split", Record("demo/default", "demo", {"allocations": {next(iter(apps)): 1}}))
        front = await asyncio.start_server(Server(Fronts(state_folder)).connected, "127.0.0.1", 0)
        reader, writer = await asyncio.open_connection("127.0.0.1", front.sockets[0].getsockname()[1])
        async with asyncio.timeout(20):
            await client(reader, writer)
        writer.close()

    asyncio.run(run())


async def answer(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    """Status and body of the next answer."""
    head = await reader.readuntil(b"\r\n\r\n")
    length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
    return int(head.split(b" ")[1]), await reader.readexactly(int(length.split(b":")[1]))


def test_the_next_request_goes_where_the_traffic_has_moved(tmp_path: Path) -> None:
    """Another process moved it, on a connection that is kept, again and again."""

    async def client(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for version in ("one", "two", "one", "two"):
            await asyncio.to_thread(moved, tmp_path, version)
            writer.write(b"GET / HTTP/1.1\r\nHost: %b\r\n\r\n" % HOST)
            assert await answer(reader) == (200, version.encode())

    with_apps(tmp_path, {"one": saying(b"one"), "two": saying(b"two")}, client)


@pytest.mark.parametrize("framing", [b"Content-Length: 1048576", b"Transfer-Encoding: chunked"])
def test_an_app_hears_of_a_large_body_while_it_comes(tmp_path: Path, framing: bytes) -> None:
    """The second half is sent once the app has the first."""
    half = bytes(512 << 10)
    heard = asyncio.Event()

    async def app(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        await reader.readexactly(400 << 10)
        heard.set()
        await reader.readexactly(600 << 10)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")

    def piece(data: bytes) -> bytes:
        return b"%x\r\n%b\r\n" % (len(data), data) if b"chunked" in framing else data

    async def client(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"POST / HTTP/1.1\r\nHost: %b\r\n%b\r\n\r\n%b" % (HOST, framing, piece(half)))
        await heard.wait()
        writer.write(piece(half) + (b"0\r\n\r\n" if b"chunked" in framing else b""))
        assert await answer(reader) == (200, b"ok")

    with_apps(tmp_path, {"one": app}, client)


def test_an_app_may_answer_before_it_has_the_whole_body(tmp_path: Path) -> None:
    """The refusal reaches a client that has not sent everything, and the connection ends."""

    async def app(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno")
        await reader.read(1)

    async def client(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"POST / HTTP/1.1\r\nHost: %b\r\nContent-Length: 1000000\r\n\r\n" % HOST + bytes(100_000))
        assert await answer(reader) == (403, b"no")
        assert await reader.read() == b""

    with_apps(tmp_path, {"one": app}, client)


def test_a_body_that_grows_too_large_on_its_way_is_refused(tmp_path: Path) -> None:
    """In pieces without a stated length: 413 in the platform's words, and the app never has the whole."""
    whole: list[bytes] = []

    async def app(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        whole.append(await reader.read())
        writer.close()

    async def client(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"POST / HTTP/1.1\r\nHost: %b\r\nTransfer-Encoding: chunked\r\n\r\n" % HOST)
        for _ in range(33):
            writer.write(b"100000\r\n" + bytes(1 << 20) + b"\r\n")
        status, words = await answer(reader)
        assert status == 413 and words.startswith(b"Error: Request Entity Too Large")

    with_apps(tmp_path, {"one": app}, client)


def test_a_version_that_has_ended_is_noticed(tmp_path: Path) -> None:
    """Its process went without a word in any file: the answer says so, and not that the app did not answer."""
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    running = Process(process.pid, beginning(psutil.Process(process.pid)))

    async def app(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        process.kill()
        process.wait()
        writer.close()

    async def client(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        port = registry.load(tmp_path)["version:demo/default/one"].port
        registry.put(tmp_path, Service("version:demo/default/one", running, {"http": port}))
        writer.write(b"GET / HTTP/1.1\r\nHost: %b\r\n\r\n" % HOST)
        status, words = await answer(reader)
        assert status == 503
        assert words == b"the version one of 'default' has ended, and is started again: its log says why\n"

    with_apps(tmp_path, {"one": app}, client)


def of_length(length: int, sent: int) -> App:
    """An app that states a length, and sends so many bytes of it."""

    async def app(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (length, bytes(sent)))

    return app


def test_an_answer_over_the_platforms_size_is_its_error(tmp_path: Path) -> None:
    """App Engine answers 500 with nothing in place of more than 32 MB."""

    async def client(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"GET / HTTP/1.1\r\nHost: %b\r\n\r\n" % HOST)
        assert await answer(reader) == (500, b"")

    with_apps(tmp_path, {"one": of_length((32 << 20) + 1, 1000)}, client)


def test_an_answer_in_pieces_ends_where_it_grows_too_large(tmp_path: Path) -> None:
    """Its length is not known before: the connection ends, and no client takes it for whole."""

    async def app(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        piece = bytes(1 << 20)
        try:
            for _ in range(33):
                writer.write(b"%x\r\n%b\r\n" % (len(piece), piece))
                await writer.drain()
            writer.write(b"0\r\n\r\n")
        except ConnectionError:
            return

    async def client(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"GET / HTTP/1.1\r\nHost: %b\r\n\r\n" % HOST)
        received = await reader.read(-1)
        assert received.startswith(b"HTTP/1.1 200")
        assert not received.endswith(b"0\r\n\r\n")

    with_apps(tmp_path, {"one": app}, client)


@pytest.mark.parametrize("framing", [b"Content-Length: 104857600", b"Transfer-Encoding: chunked"])
def test_a_large_answer_comes_as_fast_as_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, framing: bytes
) -> None:
    """Of 100 MB the app is rid of what the system's buffers take, until the client reads: the front gathers nothing."""
    most, sent, stalled = 100 << 20, 0, asyncio.Event()
    piece = bytes(1 << 18)
    chunk = b"%x\r\n%b\r\n" % (len(piece), piece) if b"chunked" in framing else piece

    async def app(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\n%b\r\n\r\n" % framing)
        while sent < most:
            writer.write(chunk)
            sent += len(piece)
            try:
                await asyncio.wait_for(writer.drain(), 1.0)
            except TimeoutError:
                stalled.set()
                await writer.drain()
        writer.write(b"0\r\n\r\n" if b"chunked" in framing else b"")

    async def client(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"GET / HTTP/1.1\r\nHost: %b\r\nConnection: close\r\n\r\n" % HOST)
        await stalled.wait()
        assert sent < 32 << 20
        received = 0
        while data := await reader.read(1 << 20):
            received += data.count(0)
        assert received == most

    monkeypatch.setattr(fronts, "APP_ENGINE", replace(fronts.APP_ENGINE, most_answered=None))
    with_apps(tmp_path, {"one": app}, client)


def test_an_app_that_takes_longer_than_the_platform_waits_is_cut_off(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The platform's own answer comes, and the app is not asked a second time."""
    asked = 0

    async def app(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal asked
        await reader.readuntil(b"\r\n\r\n")
        asked += 1
        await reader.read()
        writer.close()

    async def client(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"GET / HTTP/1.1\r\nHost: %b\r\n\r\n" % HOST)
        assert await answer(reader) == (500, b"Error: Server Error\n")

    monkeypatch.setattr(fronts, "APP_ENGINE", replace(fronts.APP_ENGINE, seconds=0.1))
    with_apps(tmp_path, {"one": app}, client)
    assert asked == 1
