"""What the front of an app adds to a request: ``python benchmarks/fronts.py [REQUESTS]``.

An app that answers at once is asked directly and by its front, on one kept connection, and by its front on many.
Printed are the medians, requests a second, and what the gateway's process spends of the processor on a request, which
is the figure that other load on the machine does not change; then an upload of 100 MB to Cloud Storage and an answer of
100 MB from an app on Cloud Run, with the most memory that the gateway has had beside each.
"""

import re
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from pathlib import Path

import psutil

from slipway.sandbox import composition
from slipway.sandbox.cloudrun.names import Named
from slipway.sandbox.services import keys, registry
from slipway.sandbox.services.processes import Process, beginning
from slipway.sandbox.services.registry import Service
from slipway.sandbox.stores.google import Project, Record, Store, store_path

ROOT = Path(__file__).parents[1]
APP = """
import asyncio, sys

class App(asyncio.Protocol):
    def connection_made(self, transport):
        self.transport, self.data, self.pieces, self.paused = transport, b"", 0, False

    def data_received(self, data):
        self.data += data
        while b"\\r\\n\\r\\n" in self.data:
            head, _, self.data = self.data.partition(b"\\r\\n\\r\\n")
            if head.startswith(b"GET /large "):
                self.transport.write(b"HTTP/1.1 200 OK\\r\\nTransfer-Encoding: chunked\\r\\n\\r\\n")
                self.pieces = int(sys.argv[2])
                self.send()
            else:
                self.transport.write(b"HTTP/1.1 200 OK\\r\\nContent-Length: 5\\r\\n\\r\\nhello")

    def send(self):
        while self.pieces and not self.paused:
            self.pieces -= 1
            self.transport.write(b"100000\\r\\n" + bytes(1 << 20) + b"\\r\\n")
            if not self.pieces:
                self.transport.write(b"0\\r\\n\\r\\n")

    def pause_writing(self):
        self.paused = True

    def resume_writing(self):
        self.paused = False
        self.send()

async def main():
    server = await asyncio.get_running_loop().create_server(App, "127.0.0.1", int(sys.argv[1]))
    print("ready", flush=True)
    await server.serve_forever()

asyncio.run(main())
"""
HOST = "demo.ew.r.appspot.localhost"
LARGE = Named("demo", "europe-west1", "large")
"""The same app on Cloud Run, which has no limit for an answer in pieces."""
SIZE = 100 << 20


def deployed(state_folder: Path, port: int) -> subprocess.Popen[bytes]:
    """The app, as the version that has all traffic of a service of App Engine, and as a revision of Cloud Run."""
    process = subprocess.Popen([sys.executable, "-c", APP, str(port), str(SIZE >> 20)], stdout=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.readline()
    with Store(store_path(state_folder)).transaction() as now:
        now.put_project(Project("demo", "123456789012", "ACTIVE", "00ABCD-012345-6789EF", {"projectId": "demo"}))
        now.enable("demo", "storage.googleapis.com", 0.0)
        now.put("application", Record("demo", "demo", {"locationId": "europe-west"}))
        now.put("version", Record("demo/default/v1", "demo", {}))
        now.put("split", Record("demo/default", "demo", {"allocations": {"v1": 1.0}}))
        traffic = [{"revision": "large-1", "percent": 100}]
        now.put("run_service", Record(LARGE.record, "demo", {"host": LARGE.host("1"), "traffic": traffic}))
        now.put("run_revision", Record(LARGE.revision("large-1"), "demo", {"port": port, "template": {}}))
        now.grant(LARGE.scope, "roles/run.invoker", "allUsers", {})
    running = Process(process.pid, beginning(psutil.Process(process.pid)))
    registry.put(state_folder, Service("version:demo/default/v1", running, {"http": port}))
    return process


def ask(port: int, host: str, requests: int) -> list[float]:
    """Seconds that each of some requests took, on one connection."""
    line = HTTPConnection("127.0.0.1", port, timeout=30)
    line.connect()
    line.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    took = []
    for _ in range(requests):
        began = time.perf_counter()
        line.request("GET", "/", headers={"Host": host})
        answer = line.getresponse()
        body = answer.read()
        took.append(time.perf_counter() - began)
        if (answer.status, body) != (200, b"hello"):
            raise RuntimeError(f"the app answers {answer.status}: {body[:200]!r}")
    line.close()
    return took


def processor(process: psutil.Process) -> float:
    """Seconds of the processor that a process has used."""
    times = process.cpu_times()
    return times.user + times.system


def peak(process: psutil.Process) -> float:
    """The most memory that a process has had, in MB."""
    status = Path(f"/proc/{process.pid}/status").read_text()
    return int(re.findall(r"VmHWM:\s+(\d+)", status)[0]) / 1024


def upload(port: int, token: str, gateway: psutil.Process) -> tuple[float, float]:
    """Seconds that an upload of 100 MB takes, and by how many MB the gateway grew meanwhile."""
    line = HTTPConnection("127.0.0.1", port, timeout=120)
    shown = {"Authorization": f"Bearer {token}"}
    line.request("POST", "/storage/v1/b?project=demo", b'{"name": "front-bench"}', shown)
    line.getresponse().read()
    before = peak(gateway)
    began = time.perf_counter()
    pieces = (bytes(1 << 20) for _ in range(SIZE >> 20))
    headers = {**shown, "Content-Length": str(SIZE)}
    line.request("POST", "/upload/storage/v1/b/front-bench/o?uploadType=media&name=large", pieces, headers)
    answer = line.getresponse()
    text = answer.read()
    took = time.perf_counter() - began
    if answer.status != 200:
        raise RuntimeError(f"the upload answers {answer.status}: {text[:200]!r}")
    return took, peak(gateway) - before


def download(port: int, gateway: psutil.Process) -> tuple[float, float]:
    """Seconds that an answer of 100 MB takes, and by how many MB the gateway grew meanwhile."""
    line = HTTPConnection("127.0.0.1", port, timeout=120)
    before = peak(gateway)
    began = time.perf_counter()
    line.request("GET", "/large", headers={"Host": LARGE.host("1")})
    answer = line.getresponse()
    size = 0
    while piece := answer.read(1 << 20):
        size += len(piece)
    took = time.perf_counter() - began
    if (answer.status, size) != (200, SIZE):
        raise RuntimeError(f"the app answers {answer.status} with {size} bytes")
    return took, peak(gateway) - before


def main(requests: int) -> None:
    """Print the figures."""
    with tempfile.TemporaryDirectory() as folder, socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        free.close()
        state_folder = Path(folder) / ".slipway"
        composition.ensure(state_folder, ROOT)
        app = deployed(state_folder, port)
        try:
            services, drawn = registry.load(state_folder), keys.load(state_folder)
            assert drawn is not None
            ports, gateway = services["gateway"].ports, psutil.Process(services["gateway"].process.pid)
            front = ports["front"]
            for place in (port, front):
                ask(place, HOST, 50)
            direct = statistics.median(ask(port, HOST, requests)) * 1000
            before, began = processor(gateway), time.perf_counter()
            by_front = statistics.median(ask(front, HOST, requests)) * 1000
            spent, took = (processor(gateway) - before) / requests * 1000, time.perf_counter() - began
            print(f"one connection: direct {direct:.2f} ms, by the front {by_front:.2f} ms, {requests / took:.0f} a s")
            print(f"the gateway's processor: {spent:.2f} ms a request")
            before, began = processor(gateway), time.perf_counter()
            with ThreadPoolExecutor(16) as pool:
                list(pool.map(lambda _: ask(front, HOST, requests // 16), range(16)))
            took = time.perf_counter() - began
            spent = (processor(gateway) - before) / (requests // 16 * 16) * 1000
            print(f"16 connections: {requests / took:.0f} a second, {spent:.2f} ms of the processor a request")
            took, grown = download(front, gateway)
            print(f"an answer of {SIZE >> 20} MB: {took:.1f} s, the gateway grows by {grown:.0f} MB")
            took, grown = upload(ports["storage"], drawn.token, gateway)
            print(f"an upload of {SIZE >> 20} MB: {took:.1f} s, the gateway grows by {grown:.0f} MB")
        finally:
            app.kill()
            composition.stop(state_folder)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000)
