"""What the gateway adds to a call: ``python benchmarks/gateway.py [PAIRS]``.

Each pair asks the same of an emulator twice, by its socket file and by the gateway's port, in an order that is drawn;
both connections are kept. Printed are the medians, the median of the differences within the pairs, and what the
gateway computes for a call, which a busy machine does not lengthen.
"""

import random
import socket
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from http.client import HTTPConnection
from pathlib import Path

import psutil
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from slipway.sandbox import composition
from slipway.sandbox.services import keys, registry, sockets
from slipway.sandbox.services.keys import Keys

ROOT = Path(__file__).parents[1]
IDENTITY = b"Action=GetCallerIdentity&Version=2011-06-15"


class BySocket(HTTPConnection):
    """A connection to a socket file."""

    def __init__(self, place: Path) -> None:
        super().__init__("localhost", timeout=10)
        self._place = place

    def connect(self) -> None:
        """By the file."""
        self.sock = sockets.connect(self._place, 10)


def identity(drawn: Keys, port: int) -> dict[str, str]:
    """The headers of a signed call of STS."""
    request = AWSRequest(method="POST", url=f"http://127.0.0.1:{port}/", data=IDENTITY)
    request.headers["Content-Type"] = "application/x-www-form-urlencoded"
    request.headers["Host"] = f"127.0.0.1:{port}"
    SigV4Auth(Credentials(drawn.access_key, drawn.secret_key), "sts", "us-east-1").add_auth(request)
    return dict(request.headers.items())


def seconds(line: HTTPConnection, method: str, path: str, body: bytes, headers: dict[str, str]) -> float:
    """How long one call takes. Raises RuntimeError for one that is refused."""
    began = time.perf_counter()
    line.request(method, path, body or None, headers)
    answer = line.getresponse()
    said = answer.read()
    took = time.perf_counter() - began
    if answer.status not in (200, 404):  # the bucket is not there
        raise RuntimeError(f"{method} {path} answers {answer.status}: {said[:200]!r}")
    return took


def paired(direct: Callable[[], float], gateway: Callable[[], float], pairs: int) -> tuple[float, float, float]:
    """Medians in milliseconds: direct, by the gateway, and of the differences."""
    rows: list[tuple[float, float]] = []
    for _ in range(pairs):
        if random.random() < 0.5:
            rows.append((direct(), gateway()))
        else:
            later = gateway()
            rows.append((direct(), later))
    columns = ([a for a, _ in rows], [b for _, b in rows], [b - a for a, b in rows])
    first, second, third = (statistics.median(column) * 1000 for column in columns)
    return first, second, third


def computed(state_folder: Path) -> float:
    """Seconds of a processor that the gateway has used."""
    times = psutil.Process(registry.load(state_folder)["gateway"].process.pid).cpu_times()
    return times.user + times.system


def main(pairs: int) -> None:
    """Print a row for each control plane."""
    with tempfile.TemporaryDirectory() as folder:
        state_folder = Path(folder) / ".slipway"
        composition.ensure(state_folder, ROOT)
        try:
            drawn, ports = keys.load(state_folder), registry.load(state_folder)["gateway"].ports
            assert drawn is not None
            aws = identity(drawn, ports["aws"])
            google = {"Authorization": f"Bearer {drawn.token}", "Host": f"127.0.0.1:{ports['storage']}"}
            calls = {
                "aws": ("ministack", "POST", "/", IDENTITY, aws),
                "storage": ("google", "GET", "/storage/v1/b/none", b"", google),
            }
            for name, (service, method, path, body, headers) in calls.items():
                one, two = (
                    BySocket(sockets.path(state_folder, service)),
                    HTTPConnection("127.0.0.1", ports[name], timeout=10),
                )
                two.connect()
                two.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                call = (method, path, body, headers)
                paired(
                    lambda one=one, call=call: seconds(one, *call), lambda two=two, call=call: seconds(two, *call), 20
                )
                before = computed(state_folder)
                direct, gateway, added = paired(
                    lambda one=one, call=call: seconds(one, *call),
                    lambda two=two, call=call: seconds(two, *call),
                    pairs,
                )
                each = (computed(state_folder) - before) * 1000 / pairs
                print(
                    f"{name:8} direct {direct:6.2f} ms   gateway {gateway:6.2f} ms   added {added:5.2f} ms   "
                    f"computed {each:5.2f} ms"
                )
        finally:
            composition.stop(state_folder)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 300)
