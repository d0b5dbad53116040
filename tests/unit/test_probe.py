"""The probe tells what a client sees, and waits only as long as it says."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from slipway.platforms.probe import Sighting, probe, reachable


class Flaky(BaseHTTPRequestHandler):
    """503 for the first request of `/warming`, the request's Host on `/host`, else what the path says."""

    asked: dict[str, int]

    def do_GET(self) -> None:
        self.asked[self.path] = self.asked.get(self.path, 0) + 1
        status, text = 200, "ready\nsecond line"
        if self.path == "/warming" and self.asked[self.path] == 1:
            status, text = 503, "starting"
        elif self.path == "/host":
            text = self.headers["Host"]
        elif self.path == "/missing":
            status, text = 404, "no such page"
        self.send_response(status)
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_words: object) -> None:
        """Say nothing on the test's output."""


@pytest.fixture
def port() -> Iterator[int]:
    handler = type("Handler", (Flaky,), {"asked": {}})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port
        server.shutdown()


def test_waits_for_an_app_that_is_still_starting(port: int):
    """A 5xx just after a deployment is asked again; the answer that counts is the last."""
    (seen,) = probe(f"http://127.0.0.1:{port}", ["/warming"])
    assert (seen.status, seen.text, seen.ok) == (200, "ready", True)


def test_takes_a_refusal_as_the_answer(port: int):
    """A 404 will not get better by asking again: it is shown as what it is."""
    (seen,) = probe(f"http://127.0.0.1:{port}/", ["/missing"])
    assert (seen.path, seen.status, seen.text, seen.ok) == ("/missing", 404, "no such page", False)


def test_reaches_names_under_localhost_by_the_host_header(port: int):
    """What routes by name gets the name, whatever this machine's resolver thinks of it."""
    (seen,) = probe(f"http://abc.lambda-url.eu-west-1.localhost:{port}", ["/host"])
    assert seen.text == f"abc.lambda-url.eu-west-1.localhost:{port}"


def test_other_names_are_left_alone():
    """A real address is asked as it is."""
    assert reachable("https://example.appspot.com/date") == ("https://example.appspot.com/date", {})


def test_an_address_nobody_listens_at_is_no_answer(monkeypatch: pytest.MonkeyPatch):
    """Status 0 and the reason, not an exception."""
    monkeypatch.setattr("slipway.platforms.probe.ATTEMPTS", 2)
    with ThreadingHTTPServer(("127.0.0.1", 0), Flaky) as server:
        free = server.server_port
    (seen,) = probe(f"http://127.0.0.1:{free}", ["/"])
    assert isinstance(seen, Sighting)
    assert (seen.status, seen.ok) == (0, False)
    assert seen.text
