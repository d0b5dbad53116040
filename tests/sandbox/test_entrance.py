"""An app of the sandbox answers its front, and nothing that would go past the front to the app's own port."""

import asyncio
import socket
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from http.client import HTTPException
from pathlib import Path

import httpx
import pytest

from slipway.sandbox.http.messages import Head
from slipway.sandbox.http.upstream import Upstream
from slipway.sandbox.running import entrance, web
from slipway.sandbox.running.entrance import Entrance, Line
from slipway.sandbox.running.requirements import environment
from slipway.sandbox.services import keys, ports, processes, registry

pytestmark = pytest.mark.services
Serve = Callable[[str], web.WebApp]

SERVER = """
import os
from http.server import BaseHTTPRequestHandler, HTTPServer

class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(f"{self.client_address[0]} {self.path}".encode())

HTTPServer(("0.0.0.0", int(os.environ["PORT"])), Handler).serve_forever()
"""
SHARING = """
import os, socket

server = socket.socket(socket.AF_UNIX)
server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
path = f"{os.environ['GUNICORN_CMD_ARGS'].split('unix:')[1].split()[0]}"
server.bind(path)
server.listen()
while True:
    line = server.accept()[0]
    line.recv(1000)
    line.sendall(b"HTTP/1.0 200 OK\\r\\n\\r\\nshared")
    line.close()
"""
ASYNCIO = """
import asyncio, os

async def answer(reader, writer):
    line = await reader.readline()
    writer.write(b"HTTP/1.1 200 OK\\r\\nConnection: close\\r\\n\\r\\n" + line.split()[1])
    await writer.drain()
    writer.close()

async def main():
    async with await asyncio.start_server(answer, "", int(os.environ["PORT"])) as server:
        await server.serve_forever()

asyncio.run(main())
"""
ASKS_ITSELF = """
import _socket, asyncio, errno, http.client, os, socket
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PORT = int(os.environ["PORT"])

def by_http():
    asked = http.client.HTTPConnection("localhost", PORT, timeout=10)
    asked.request("GET", "/itself")
    return asked.getresponse().read()

async def by_asyncio():
    reader, writer = await asyncio.open_connection("127.0.0.1", PORT)
    writer.write(b"GET /itself HTTP/1.0\\r\\n\\r\\n")
    return (await reader.read()).rpartition(b"\\r\\n\\r\\n")[2]

def by_a_stranger():
    own = socket.create_connection(("127.0.0.1", PORT))
    stranger = _socket.socket()
    stranger.settimeout(10)
    stranger.bind(("127.0.0.2", own.getsockname()[1]))
    stranger.connect(("127.0.0.1", PORT))
    stranger.send(b"GET /itself HTTP/1.0\\r\\n\\r\\n")
    try:
        return stranger.recv(100) or b"closed"
    except ConnectionResetError:
        return b"closed"

def of_another(port):
    asked = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        asked.request("GET", "/itself")
        return asked.getresponse().read()
    except (ConnectionError, http.client.HTTPException):
        return b"closed"

def elsewhere():
    try:
        socket.create_connection(("192.0.2.1", PORT), timeout=0.1)
    except OSError as error:
        return b"refused by this machine" if error.errno == errno.EINVAL else b"asked there"

class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        ways = {
            "/by-http": by_http,
            "/by-asyncio": lambda: asyncio.run(by_asyncio()),
            "/by-a-stranger": by_a_stranger,
            "/elsewhere": elsewhere,
        }
        if self.path.startswith("/of-another/"):
            self.wfile.write(of_another(int(self.path.rpartition("/")[2])))
        else:
            self.wfile.write(ways.get(self.path, lambda: b"asked")())

ThreadingHTTPServer(("0.0.0.0", PORT), Handler).serve_forever()
"""
OF_ITS_OWN = """
import _socket, os

listener = _socket.socket()
listener.bind(("127.0.0.1", int(os.environ["PORT"])))
listener.listen()
while True:
    number, _ = listener._accept()
    line = _socket.socket(fileno=number)
    line.recv(4096).startswith(b"GET") and line.sendall(b"HTTP/1.1 200 OK\\r\\nContent-Length: 2\\r\\n\\r\\nok")
    line.close()
"""


@pytest.fixture
def state_folder() -> Iterator[Path]:
    """A sandbox's folder whose path is as short as a clone's."""
    with tempfile.TemporaryDirectory(prefix="slipway-") as above:
        folder = Path(above) / ".slipway"
        registry.private(folder)
        registry.private(registry.folder(folder))
        keys.ensure(folder)
        yield folder
        processes.end_marked(folder)


@pytest.fixture
def serve(state_folder: Path) -> Serve:
    """Starts an app that is one file."""

    def start(text: str) -> web.WebApp:
        above = registry.folder(state_folder) / "versions"
        source = above / f"v{len(list(above.glob('*')))}"
        source.mkdir(mode=0o700, parents=True)
        (source / "main.py").write_text(text)
        app = web.WebApp(
            name=f"version:p/s/{source.name}",
            command="exec python main.py",
            said="entry point",
            remedy="",
            source=source,
            installed=environment(state_folder, source, needs_gunicorn=False),
            port=ports.choose(("http",))["http"],
            log=registry.folder(state_folder) / "logs" / "app.log",
        )
        web.launch(state_folder, app)
        return app

    return start


@pytest.mark.parametrize(
    ("said", "started"),
    [
        ("gunicorn -b :$PORT -w 1 main:app", "gunicorn -b unix:/s/app.sock -w 1 main:app"),
        ("gunicorn -b 127.0.0.1:$PORT main:app", "gunicorn -b unix:/s/app.sock main:app"),
        ("gunicorn --bind=[::]:${PORT:-8080} main:app", "gunicorn --bind=unix:/s/app.sock main:app"),
        (
            "exec .venv/bin/gunicorn --bind '0.0.0.0:8123' main:app",
            "exec .venv/bin/gunicorn --bind unix:/s/app.sock main:app",
        ),
        ("gunicorn main:app -b0.0.0.0:8123", "gunicorn main:app -bunix:/s/app.sock"),
        ("gunicorn -b 127.0.0.1:9000 main:app", "gunicorn -b 127.0.0.1:9000 main:app"),
        ("gunicorn main:app", "gunicorn main:app"),
        ("uvicorn main:app --port $PORT", "uvicorn main:app --port $PORT"),
    ],
)
def test_gunicorn_listens_on_the_socket_file(said: str, started: str) -> None:
    """However its address is written; another port than the app's own stays what it is."""
    door = Entrance(folder=Path("/s"), socket=Path("/s/app.sock"), port=8123, greeting="g")
    assert door.command(said) == started


def test_a_path_that_is_too_long_for_a_socket_is_no_entrance(tmp_path: Path) -> None:
    """The app keeps its port then, and asks for the greeting there."""
    state_folder = tmp_path / ("x" * 90)
    registry.private(state_folder)
    door = entrance.prepare(state_folder, "version:p/s/v", 8123)
    assert door.socket is None
    assert door.command("gunicorn -b :$PORT main:app") == "gunicorn -b :$PORT main:app"
    assert "--bind 127.0.0.1:8123" in door.variables["GUNICORN_CMD_ARGS"]


@pytest.mark.parametrize("text", [SERVER, ASYNCIO], ids=["threads", "asyncio"])
def test_a_servers_port_answers_the_front_alone(state_folder: Path, serve: Serve, text: str) -> None:
    """Without the greeting a connection is closed; with it the app sees nothing but the request."""
    app = serve(text)
    way = entrance.way(state_folder, app.name, app.port)
    assert way.socket is None and len(way.greeting) == 64

    async def by_the_front() -> list[int]:
        upstream = Upstream(way.port, greeting=way.greeting.encode())
        head = Head(method="GET", target="/a", headers=((b"host", b"localhost"),))
        return [(await upstream.ask(head, head.headers, b"")).status for _ in range(3)]

    assert asyncio.run(by_the_front()) == [200, 200, 200]
    with pytest.raises(httpx.TransportError):
        httpx.get(f"http://127.0.0.1:{app.port}/a", trust_env=False, timeout=5.0)
    with socket.create_connection(("127.0.0.1", app.port), timeout=5.0) as line:
        line.sendall(way.greeting[:-1].encode() + b"x" + b"GET /a HTTP/1.1\r\nHost: localhost\r\n\r\n")
        with suppress(ConnectionResetError):
            assert line.recv(100) == b""


@pytest.mark.parametrize("path", ["/by-http", "/by-asyncio"])
def test_an_app_may_ask_itself(state_folder: Path, serve: Serve, path: str) -> None:
    """As Gradio does to see whether it is up; the next connection from outside is closed as before."""
    app = serve(ASKS_ITSELF)
    assert by_the_front(state_folder, app, path) == b"asked"
    with pytest.raises(httpx.TransportError):
        httpx.get(f"http://127.0.0.1:{app.port}/a", trust_env=False, timeout=5.0)


def test_a_strangers_socket_is_not_taken_for_the_apps_own(state_folder: Path, serve: Serve) -> None:
    """It has the port of one of the app's sockets, at another of this machine's addresses."""
    assert by_the_front(state_folder, serve(ASKS_ITSELF), "/by-a-stranger") == b"closed"


def test_an_app_that_may_ask_itself_may_not_ask_another(state_folder: Path, serve: Serve) -> None:
    """Whatever sandbox it is of: the other app's port asks for that app's greeting."""
    asking, other = serve(ASKS_ITSELF), serve(SERVER)
    assert by_the_front(state_folder, asking, f"/of-another/{other.port}") == b"closed"
    assert by_the_front(state_folder, other, "/a").endswith(b" /a")


def test_another_machine_may_have_an_apps_port(state_folder: Path, serve: Serve) -> None:
    """A socket that asks there gets no address of this machine's own, from which nothing leads there."""
    assert by_the_front(state_folder, serve(ASKS_ITSELF), "/elsewhere") == b"asked there"


def by_the_front(state_folder: Path, app: web.WebApp, path: str) -> bytes:
    """The body of an app's answer to its front."""
    way = entrance.way(state_folder, app.name, app.port)
    with socket.create_connection(("127.0.0.1", app.port), timeout=30.0) as line:
        line.sendall(way.greeting.encode() + f"GET {path} HTTP/1.0\r\n\r\n".encode())
        return b"".join(iter(lambda: line.recv(4096), b"")).rpartition(b"\r\n\r\n")[2]


def test_an_app_whose_port_was_taken_meanwhile_gets_another(state_folder: Path, serve: Serve) -> None:
    """Many programs choose free ports at once: one that lost its own to another program starts all the same."""
    earlier = serve(SERVER)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        apps = [replace(earlier, name="version:p/s/w", port=taken.getsockname()[1])]

        def at(port: int) -> web.WebApp:
            return apps.pop() if apps else replace(earlier, name="version:p/s/w", port=port)

        running = web.launch_anywhere(state_folder, at)
        assert running.port != taken.getsockname()[1]
    line = Line(entrance.way(state_folder, running.name, running.port), 5.0)
    line.request("GET", "/c")
    assert line.getresponse().read() == b"127.0.0.1 /c"


def test_a_silent_connection_does_not_hold_the_app_up(state_folder: Path, serve: Serve) -> None:
    """Twenty connections that say nothing, and the front is answered."""
    app = serve(SERVER)
    lines = [socket.create_connection(("127.0.0.1", app.port), timeout=5.0) for _ in range(20)]
    try:
        line = Line(entrance.way(state_folder, app.name, app.port), 5.0)
        line.request("GET", "/b")
        assert line.getresponse().read() == b"127.0.0.1 /b"
    finally:
        for line in lines:
            line.close()


def test_a_server_with_an_accept_of_its_own_is_noted(state_folder: Path, serve: Serve) -> None:
    """Its front sends no greeting, and its log says that its port is open to this machine."""
    app = serve(OF_ITS_OWN)
    assert entrance.way(state_folder, app.name, app.port).greeting == ""
    assert "answers every process of this machine" in app.log.read_text()


def test_an_ended_app_leaves_no_entrance(state_folder: Path, serve: Serve) -> None:
    """Neither a socket file nor a greeting."""
    app = serve(SERVER)
    web.end(state_folder, app.name)
    assert list((registry.folder(state_folder) / "entrances").iterdir()) == []
    with pytest.raises((OSError, HTTPException)):
        Line(entrance.way(state_folder, app.name, app.port), 1.0).request("GET", "/")


def test_a_server_may_ask_to_share_its_port(state_folder: Path, serve: Serve) -> None:
    """As gunicorn's `reuse_port` does: a socket file has none, and Linux would refuse."""
    app = serve(SHARING)
    line = Line(entrance.way(state_folder, app.name, app.port), 5.0)
    line.request("GET", "/")
    assert line.getresponse().read() == b"shared"
