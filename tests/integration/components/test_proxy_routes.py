"""The fronts of HAProxy, run by HAProxy itself: whom they let in where the machine is one's own."""

import http.server
import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path

import pytest

from components.containers.proxy import routes_of
from slipway.sandbox.images.recipes import FRONT

pytestmark = [
    pytest.mark.services,
    pytest.mark.skipif(shutil.which("haproxy") is None, reason="no haproxy on the PATH"),
]


class App(http.server.BaseHTTPRequestHandler):
    """Answers everything."""

    def do_GET(self) -> None:
        """An empty answer."""
        self.send_response(204)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        del format, args


@pytest.fixture(scope="module", params=["proxy", "prometheus"])
def port(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """Where HAProxy serves: in front of an app's containers, and of the sandbox's Prometheus."""
    app = http.server.ThreadingHTTPServer(("127.0.0.1", 0), App)
    threading.Thread(target=app.serve_forever, daemon=True).start()
    with socket.create_server(("127.0.0.1", 0)) as front, socket.create_server(("127.0.0.1", 0)) as applied:
        routes = {
            "proxy": routes_of(
                "127.0.0.1", None, share=0, port=app.server_port, alias="127.0.0.1", own_pages_alone=True
            ),
            "prometheus": FRONT.replace("127.0.0.1:9091", f"127.0.0.1:{app.server_port}").replace(":9090", ":8080"),
        }[request.param]
        # The sockets are handed over: no other program can take the ports, and they answer from the first moment.
        text = routes.replace("bind :8080", f"bind fd@{front.fileno()}").replace(
            "bind :8081", f"bind fd@{applied.fileno()}"
        )
        file: Path = tmp_path_factory.mktemp("proxy") / "haproxy.cfg"
        file.write_text(text.replace("nameserver docker 127.0.0.11:53", "nameserver docker 127.0.0.1:53"))
        with subprocess.Popen(
            ["haproxy", "-db", "-f", file], pass_fds=[front.fileno(), applied.fileno()], stderr=subprocess.DEVNULL
        ) as process:
            yield front.getsockname()[1]
            process.terminate()
    app.shutdown()


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ([("Host", "127.0.0.1:{port}")], 204),
        ([("Host", "localhost:{port}")], 204),
        ([("Host", "shop.localhost")], 204),
        ([("Host", "evil.example")], 421),
        ([("Host", "127.0.0.1.evil.example")], 421),
        ([("Host", "localhost.evil.example:{port}")], 421),
        ([("Host", "")], 421),
        ([("Host", "127.0.0.1:{port}"), ("Origin", "http://127.0.0.1:{port}")], 204),
        ([("Host", "127.0.0.1:{port}"), ("Origin", "http://127.0.0.1:1")], 403),
        ([("Host", "127.0.0.1:{port}"), ("Origin", "http://evil.example")], 403),
        ([("Host", "127.0.0.1:{port}"), ("Origin", "null")], 403),
        (
            [("Host", "127.0.0.1:{port}"), ("Origin", "http://evil.example"), ("Origin", "http://127.0.0.1:{port}")],
            403,
        ),
        ([("Host", "127.0.0.1:{port}"), ("Sec-Fetch-Site", "cross-site")], 403),
        ([("Host", "127.0.0.1:{port}"), ("Sec-Fetch-Site", "same-site")], 403),
        ([("Host", "127.0.0.1:{port}"), ("Sec-Fetch-Site", "none")], 204),
    ],
)
def test_a_foreign_page_and_a_foreign_name_are_refused(port: int, headers: list[tuple[str, str]], status: int):
    """As before every other app of the sandbox; the app's own pages and the address bar are let in."""
    line = HTTPConnection("127.0.0.1", port, timeout=10)
    line.putrequest("GET", "/", skip_host=True)
    for name, value in headers:
        line.putheader(name, value.format(port=port))
    line.endheaders()
    assert line.getresponse().status == status
