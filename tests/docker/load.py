"""Requests that go on while something is deployed: new connections at a rate, and connections that are kept."""

import http.client
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import SplitResult, urlsplit

RATE = 30
"""New connections a second."""
KEPT = 4
"""Connections that are kept, each with ten requests a second."""


@dataclass
class Load:
    """What came of the requests so far."""

    url: str
    answers: Counter[str] = field(default_factory=Counter)
    lost: list[str] = field(default_factory=list)
    longest: float = 0.0

    def ask(self, connection: http.client.HTTPConnection, kind: str) -> None:
        """One request; an error or a status of 400 or more is a lost one."""
        address = urlsplit(self.url)
        began = time.monotonic()
        try:
            connection.request("GET", "/", headers={"Host": address.netloc})
            response = connection.getresponse()
            text = response.read().decode().strip()
            if response.status >= 400:
                self.lost.append(f"{kind}: {response.status} {text[:80]}")
            else:
                self.answers[text] += 1
        except (OSError, http.client.HTTPException) as error:
            connection.close()
            self.lost.append(f"{kind}: {type(error).__name__} {error}")
        self.longest = max(self.longest, time.monotonic() - began)


@contextmanager
def load(url: str) -> Iterator[Load]:
    """Ask ``url`` until the block ends."""
    state, ended = Load(url), threading.Event()
    address = urlsplit(url)
    threads = [
        *(threading.Thread(target=_new_connections, args=(state, address, ended)) for _ in range(3)),
        *(threading.Thread(target=_kept_connection, args=(state, address, ended)) for _ in range(KEPT)),
    ]
    for thread in threads:
        thread.start()
    try:
        yield state
    finally:
        ended.set()
        for thread in threads:
            thread.join()


def _connection(address: SplitResult) -> http.client.HTTPConnection:
    return http.client.HTTPConnection("127.0.0.1", address.port or 80, timeout=20)


def _new_connections(state: Load, address: SplitResult, ended: threading.Event) -> None:
    while not ended.wait(3 / RATE):
        connection = _connection(address)
        state.ask(connection, "new connection")
        connection.close()


def _kept_connection(state: Load, address: SplitResult, ended: threading.Event) -> None:
    connection = _connection(address)
    while not ended.wait(0.1):
        state.ask(connection, "kept connection")
    connection.close()
