"""The sandbox's own page: its document for anyone on this machine, its facts for a session alone.

A session is opened with a one-time link and lives in this process's memory. Its token comes in a header, never in a
cookie: browsers send a cookie of 127.0.0.1 to every port of it, and the apps listen there too.
"""

import hmac
import json
import secrets
import time
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from pathlib import Path

from slipway.sandbox.gateway import links
from slipway.sandbox.gateway.requests import RequestLog
from slipway.sandbox.http.messages import Answer, Body, Head, TooLargeError, passed_on
from slipway.sandbox.http.upstream import UnavailableError, Upstream

MOST = 64 << 10
"""Bytes of a request's body."""
SESSION_SECONDS = 12 * 3600.0
SESSIONS = 16
"""At a time; the oldest one ends for a further one."""
BEAT_SECONDS = 10.0
JSON = (b"content-type", b"application/json")


@dataclass
class Page:
    """A :data:`~slipway.sandbox.http.messages.Site`."""

    state_folder: Path
    upstream: Upstream
    requests: RequestLog
    _sessions: dict[str, float] = field(default_factory=dict)
    """Token -> until when it is good (monotonic seconds)."""

    async def __call__(self, head: Head, body: Body) -> Answer:
        """Answer a request."""
        try:
            if head.path == "/" and head.method in ("GET", "HEAD"):
                return await self._asked(head, b"")
            content = await body(MOST)
        except TooLargeError:
            return _error(413, f"the request is larger than {MOST} bytes")
        if head.path == "/session" and head.method == "POST":
            return self._opened(content)
        if not self._in_session(head):
            return _error(401, "this page needs a session: `slipway open sandbox` prints a link that opens one")
        if head.path == "/requests" and head.method == "GET":
            return Answer(status=200, headers=((b"content-type", b"text/event-stream"),), content=self._stream())
        return await self._asked(head, content)

    async def _asked(self, head: Head, content: bytes) -> Answer:
        try:
            return await self.upstream.ask(head, passed_on(head.headers), content)
        except UnavailableError as error:
            return _error(503, f"the page does not run ({error}): `slipway open sandbox` starts it")

    def _opened(self, content: bytes) -> Answer:
        try:
            link = json.loads(content)["link"]
            fits = links.redeem(self.state_folder, str(link))
        except (ValueError, TypeError, KeyError):
            fits = False
        if not fits:
            return _error(403, "this link was used, or is too old: `slipway open sandbox` prints another one")
        token = secrets.token_urlsafe(32)
        self._sessions[token] = time.monotonic() + SESSION_SECONDS
        while len(self._sessions) > SESSIONS:
            del self._sessions[next(iter(self._sessions))]
        return Answer(status=200, headers=(JSON,), content=json.dumps({"token": token}).encode())

    def _in_session(self, head: Head) -> bool:
        values = head.all(b"authorization")
        word, _, token = values[0].strip().partition(" ") if len(values) == 1 else ("", "", "")
        now, shown = time.monotonic(), token.strip().encode()
        return word.lower() == "bearer" and any(
            now < until and hmac.compare_digest(shown, known.encode()) for known, until in self._sessions.items()
        )

    async def _stream(self) -> AsyncGenerator[bytes]:
        async for fresh in self.requests.watch(BEAT_SECONDS):
            yield f"event: requests\ndata: {json.dumps(fresh)}\n\n".encode() if fresh else b": here\n\n"


def _error(status: int, message: str) -> Answer:
    return Answer(status=status, headers=(JSON,), content=json.dumps({"error": message}).encode(), close=True)
