"""Asks a deployed app at its address and says what came back."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

if TYPE_CHECKING:
    import httpx

ATTEMPTS = 8
PATIENCE = 10.0
"""Seconds an address may take until it answers for the first time after a deployment."""


@dataclass(frozen=True)
class Sighting:
    """What one request saw: the status (0 where nobody answered), the first line of the text, the time in seconds."""

    path: str
    status: int
    text: str
    seconds: float

    @property
    def ok(self) -> bool:
        """Whether the app answered as it should: 2xx."""
        return 200 <= self.status < 300


def probe(url: str, paths: list[str]) -> Iterator[Sighting]:
    """Ask ``url`` for each of ``paths``, each until it answers or the patience ends; yields as answers come."""
    import httpx

    with httpx.Client(timeout=PATIENCE, follow_redirects=False, trust_env=False) as client:
        for path in paths:
            yield _ask(client, url, path)


def _ask(client: "httpx.Client", url: str, path: str) -> Sighting:
    import httpx
    import stamina

    address, headers = reachable(url.rstrip("/") + path)
    began = time.monotonic()
    try:
        for attempt in stamina.retry_context(on=_NotYet, attempts=ATTEMPTS, timeout=PATIENCE, wait_initial=0.05):
            with attempt:
                try:
                    answer = client.get(address, headers=headers)
                except httpx.TransportError as unreachable:
                    raise _NotYet(0, str(unreachable)) from unreachable
                if answer.status_code >= 500:
                    raise _NotYet(answer.status_code, answer.text)
                return Sighting(path, answer.status_code, _first_line(answer.text), time.monotonic() - began)
    except _NotYet as last:
        return Sighting(path, last.status, _first_line(last.text), time.monotonic() - began)
    raise AssertionError("a retry ends in an answer or in its last failure")


def reachable(url: str) -> tuple[str, dict[str, str]]:
    """The address to connect to and the headers to send.

    Names under ``localhost`` are this machine (RFC 6761), but not every resolver knows: they go to 127.0.0.1 with
    the name in the ``Host`` header, which is what the emulators route by.
    """
    parts = urlsplit(url)
    if not (parts.hostname or "").endswith(".localhost"):
        return url, {}
    return urlunsplit(parts._replace(netloc=f"127.0.0.1:{parts.port or 80}")), {"Host": parts.netloc}


def _first_line(text: str) -> str:
    return text.strip().splitlines()[0][:120] if text.strip() else ""


class _NotYet(Exception):
    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status, self.text = status, text
