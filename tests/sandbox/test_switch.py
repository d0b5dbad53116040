"""Versions come and go behind a front, many times in a row under requests: none of them is lost or done twice."""

import asyncio
import http.client
import os
import socket
import struct
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import pytest

from slipway.sandbox.gateway import fronts
from slipway.sandbox.gateway.fronts import Fronts
from slipway.sandbox.http.messages import Answer, Head, Headers, Stream
from slipway.sandbox.http.server import Server
from slipway.sandbox.http.upstream import Upstream
from slipway.sandbox.running import in_flight
from slipway.sandbox.services import registry
from slipway.sandbox.services.processes import Process, beginning
from slipway.sandbox.services.registry import Service
from slipway.sandbox.stores.google import Record, Store, store_path

HOST = "demo.ew.r.appspot.localhost"
SWITCHES = int(os.environ.get("SLIPWAY_SWITCHES", "15"))
APP = """
import socket, sys, threading, time
listener = socket.create_server(("127.0.0.1", 0), backlog=64)
print(listener.getsockname()[1], flush=True)
words = sys.argv[1].encode()

def answer(line):
    asked = line.recv(65536)
    time.sleep(0.03)
    line.sendall(b"HTTP/1.1 200 OK\\r\\nConnection: close\\r\\nContent-Length: %d\\r\\n\\r\\n" % len(words))
    time.sleep(0.01)
    line.sendall(words)
    line.close()

while True:
    threading.Thread(target=answer, args=(listener.accept()[0],), daemon=True).start()
"""
"""It takes its time, answers in two pieces, and has no graceful end."""


class SlowUpstream(Upstream):
    """Takes a moment between the look at the routes and the request."""

    async def ask(self, head: Head, headers: Headers, body: bytes | Stream) -> Answer:
        await asyncio.sleep(0.02)
        return await super().ask(head, headers, body)


@dataclass
class Versions:
    """The versions of an app, each a process; one has the traffic."""

    state_folder: Path
    running: subprocess.Popen[str] | None = None
    port: int = 0
    count: int = 0
    ended: list[subprocess.Popen[str]] = field(default_factory=list)

    def switch(self) -> None:
        """Start another version, give it the traffic, and kill the one before once it has answered its requests."""
        self.count += 1
        name = f"v{self.count}"
        process = subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", APP, name], stdout=subprocess.PIPE, text=True, encoding="utf-8"
        )
        assert process.stdout is not None
        port = int(process.stdout.readline())
        running = Process(process.pid, beginning(psutil.Process(process.pid)))
        registry.put(self.state_folder, Service(f"version:demo/default/{name}", running, {"http": port}))
        with Store(store_path(self.state_folder)).transaction() as now:
            now.put("application", Record("demo", "demo", {}))
            now.put("version", Record(f"demo/default/{name}", "demo", {}))
            now.put("split", Record("demo/default", "demo", {"allocations": {name: 1}}))
        before, its_port = self.running, self.port
        self.running, self.port = process, port
        if before is not None:
            assert in_flight.drained(self.state_folder, its_port)
            self.end(before)

    def end(self, process: subprocess.Popen[str]) -> None:
        process.kill()
        process.communicate()


@contextmanager
def front(state_folder: Path) -> Iterator[int]:
    """The port of a front, which answers in a thread of its own."""
    began: Future[tuple[int, asyncio.AbstractEventLoop, asyncio.Event]] = Future()

    async def serve() -> None:
        ended = asyncio.Event()
        server = await asyncio.start_server(Server(Fronts(state_folder)).connected, "127.0.0.1", 0, backlog=128)
        began.set_result((server.sockets[0].getsockname()[1], asyncio.get_running_loop(), ended))
        await ended.wait()

    thread = threading.Thread(target=asyncio.run, args=(serve(),))
    thread.start()
    port, loop, ended = began.result()
    try:
        yield port
    finally:
        loop.call_soon_threadsafe(ended.set)
        thread.join()


@pytest.fixture
def versions(tmp_path: Path) -> Iterator[Versions]:
    made = Versions(tmp_path)
    made.switch()
    yield made
    if made.running is not None:
        made.end(made.running)


def asked(port: int, method: str, answers: Counter[str], lost: list[str]) -> None:
    """One request on a connection of its own."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection.request(method, "/", body=b"once" if method == "POST" else None, headers={"Host": HOST})
        response = connection.getresponse()
        words = response.read().decode()
        answers[words] += 1
        if response.status != 200:
            lost.append(f"{method}: {response.status} {words}")
    except (OSError, http.client.HTTPException) as error:
        lost.append(f"{method}: {error!r}")
    finally:
        connection.close()


def test_no_request_is_lost_to_versions_that_are_killed_after_the_switch(
    versions: Versions, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where the front is slow between its look at the routes and the request, and for requests not to repeat."""
    monkeypatch.setattr(fronts, "Upstream", SlowUpstream)
    answers: Counter[str] = Counter()
    lost: list[str] = []
    ended = threading.Event()

    def load(method: str) -> None:
        while not ended.is_set():
            asked(port, method, answers, lost)

    with front(versions.state_folder) as port:
        threads = [threading.Thread(target=load, args=(method,)) for method in ("GET", "POST") * 4]
        for thread in threads:
            thread.start()
        for _ in range(SWITCHES):
            versions.switch()
        ended.set()
        for thread in threads:
            thread.join()
    assert lost == []
    assert len(answers) > SWITCHES / 2


RESETS = """
import socket, struct, sys, threading
listener = socket.create_server(("127.0.0.1", 0), backlog=64)
print(listener.getsockname()[1], flush=True)
line = listener.accept()[0]
line.recv(65536)
print("asked", flush=True)
sys.stdin.readline()
line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
line.close()
sys.stdin.readline()
"""
"""Takes a request and resets the connection, when it is told to."""


@pytest.mark.parametrize(("method", "status"), [("GET", 200), ("DELETE", 200), ("POST", 502)])
def test_a_request_whose_connection_is_reset_is_sent_to_the_successor_where_it_may_be(
    versions: Versions, method: str, status: int
) -> None:
    """What may be repeated is answered by the next version; what may have been done already is not done again."""
    resetting = subprocess.Popen(
        [sys.executable, "-I", "-S", "-c", RESETS],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )
    assert resetting.stdout is not None
    assert resetting.stdin is not None
    running = Process(resetting.pid, beginning(psutil.Process(resetting.pid)))
    port_of_it = int(resetting.stdout.readline())
    registry.put(versions.state_folder, Service("version:demo/default/old", running, {"http": port_of_it}))
    with Store(store_path(versions.state_folder)).transaction() as now:
        now.put("version", Record("demo/default/old", "demo", {}))
        now.put("split", Record("demo/default", "demo", {"allocations": {"old": 1}}))
    answers: Counter[str] = Counter()
    lost: list[str] = []
    with front(versions.state_folder) as port:
        asking = threading.Thread(target=asked, args=(port, method, answers, lost))
        asking.start()
        assert resetting.stdout.readline() == "asked\n"
        with Store(store_path(versions.state_folder)).transaction() as now:
            now.put("split", Record("demo/default", "demo", {"allocations": {"v1": 1}}))
        resetting.stdin.write("reset\n")
        resetting.stdin.flush()
        asking.join()
    versions.end(resetting)
    assert (answers == {"v1": 1}) == (status == 200)
    assert [line for line in lost if f": {status} " not in line] == []
    assert len(lost) == (status != 200)


def test_an_answer_that_its_client_gives_up_is_no_longer_in_flight(versions: Versions) -> None:
    """A client that goes away in mid-answer holds nothing that a version waits for before it ends."""
    with front(versions.state_folder) as port:
        with socket.create_connection(("127.0.0.1", port)) as line:
            line.sendall(f"GET / HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode())
            line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        assert in_flight.drained(versions.state_folder, versions.port, 5.0)
