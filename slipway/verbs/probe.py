"""The probe: asks deployed apps at their addresses, side by side and with one deadline.

addresses -> requests, each repeated while its app still starts -> one result a path
"""

import time
import unicodedata
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from html.parser import HTMLParser
from typing import TYPE_CHECKING

from slipway.platforms.addresses import reachable

if TYPE_CHECKING:
    import httpx

DEADLINE = 20.0
"""Seconds that all addresses together have until they answer for the first time after a deployment."""
STARTING = frozenset({429, 502, 503, 504})
"""Answers of a platform whose app is not there yet, or has no room for one more: asked again until the deadline.
Lambda gives a new account ten at once: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html."""
FAILURES = 3
"""How often a path is asked that answers with another 5xx, which is the app's own answer and seldom changes."""
AT_ONCE = 16
"""Requests that run side by side."""
LONGEST = 65_536
"""Bytes of an answer that are read."""
SHOWN = 120
"""Characters of an answer's text that a result has."""


@dataclass(frozen=True)
class ProbeResult:
    """The answer of one path: its status (0 without an answer), its text in short, and the time it took in seconds."""

    path: str
    status: int
    text: str
    seconds: float
    expected: int = 0
    """The status that the path is to answer; 0 where any good one will do."""

    @property
    def ok(self) -> bool:
        """Whether the app answered as it should: 2xx, or a redirect, as of a page that asks to sign in."""
        return self.status == self.expected if self.expected else 200 <= self.status < 400


class Prober:
    """Asks addresses side by side; all of them together have ``deadline`` seconds."""

    def __init__(self, transport: "httpx.BaseTransport | None" = None, deadline: float = DEADLINE) -> None:
        """``transport`` sends the requests; by default they go over the network, never through a proxy."""
        self._transport = transport
        self._deadline = deadline

    def ask(self, url: str, paths: Sequence[str]) -> list[ProbeResult]:
        """The results of ``paths`` at one address, in their order; one may name its status, as ``/token 401``."""
        return self.ask_all([(url, paths)])[0]

    def ask_all(self, apps: Sequence[tuple[str, Sequence[str]]]) -> list[list[ProbeResult]]:
        """The results of several addresses and their paths, in their order."""
        import httpx  # its import takes longer than a command that probes nothing

        end = time.monotonic() + self._deadline
        with (
            httpx.Client(transport=self._transport, follow_redirects=False, trust_env=False) as client,
            ThreadPoolExecutor(AT_ONCE) as pool,
        ):
            futures = [[pool.submit(_probe_path, client, url, path, end) for path in paths] for url, paths in apps]
            return [[future.result() for future in app] for app in futures]


def _probe_path(client: "httpx.Client", url: str, text: str, end: float) -> ProbeResult:
    path, _, status = text.partition(" ")
    return replace(_settled(client, url, path, end), expected=int(status or 0))


def _settled(client: "httpx.Client", url: str, path: str, end: float) -> ProbeResult:
    """The last answer of a path that is asked again while its app still starts."""
    address, headers = reachable(url.rstrip("/") + path)
    failures = 0
    for pause in _pauses():
        result = _ask(client, path, address, headers, end)
        failures += result.status >= 500 and result.status not in STARTING
        final = (0 < result.status < 500 and result.status not in STARTING) or failures >= FAILURES
        if final or time.monotonic() + pause >= end:
            return result
        time.sleep(pause)
    raise AssertionError("the pauses have no end")


def _ask(client: "httpx.Client", path: str, address: str, headers: dict[str, str], end: float) -> ProbeResult:
    import httpx

    began = time.monotonic()
    try:
        with client.stream("GET", address, headers=headers, timeout=max(end - began, 0.1)) as response:
            body = _first_bytes(response, end)
    except (httpx.RequestError, httpx.InvalidURL) as unreachable:
        return ProbeResult(path, 0, _plain(str(unreachable)), time.monotonic() - began)
    text = body.decode(response.encoding or "utf-8", "replace")
    if response.is_redirect:
        text = f"to {response.headers['Location']}"
    elif "html" in response.headers.get("Content-Type", "") or text.lstrip()[:1] == "<":
        text = title_of(text)
    return ProbeResult(path, response.status_code, summary(text, response.status_code), time.monotonic() - began)


def _pauses() -> Iterator[float]:
    """Seconds between two requests of a path: short at first, at most one."""
    pause = 0.05
    while True:
        yield pause
        pause = min(2 * pause, 1.0)


def _first_bytes(response: "httpx.Response", end: float) -> bytes:
    body = b""
    for chunk in response.iter_bytes():
        body += chunk
        if len(body) >= LONGEST or time.monotonic() > end:
            break
    return body[:LONGEST]


def summary(text: str, status: int) -> str:
    """The line of a plain answer that tells most: the first; of an error the last, where a traceback has its reason."""
    lines = [line for line in map(_plain, text.splitlines()) if line]
    if not lines:
        return ""
    return lines[-1 if status >= 400 else 0][:SHOWN]


def title_of(page: str) -> str:
    """The title of an HTML page; where it has none, its text."""
    reader = _Page()
    reader.feed(page)
    return " ".join(reader.title.split()) or "\n".join(reader.text)


def _plain(line: str) -> str:
    """A line without control characters, which a terminal would obey, and without space around it."""
    return "".join(character for character in line if unicodedata.category(character)[0] != "C").strip()


class _Page(HTMLParser):
    """Collects the title and the text of a page."""

    UNSEEN = frozenset({"script", "style", "head"})

    def __init__(self) -> None:
        super().__init__()
        self.title = ""
        self.text: list[str] = []
        self._open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "title" or tag in self.UNSEEN:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in self._open:
            del self._open[self._open.index(tag) :]

    def handle_data(self, data: str) -> None:
        if self._open[-1:] == ["title"] and not self.title:
            self.title = data
        elif not self._open and data.strip():
            self.text.append(data.strip())
