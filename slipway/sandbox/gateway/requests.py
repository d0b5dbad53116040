"""The last requests to the apps, as the gateway has passed them on: what the sandbox's page shows as they come."""

import asyncio
import time
from collections import deque
from collections.abc import AsyncGenerator, Callable
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime

from slipway.sandbox.http.messages import Answer, Body, Head, Site

MOST = 200
LONGEST_PATH = 200
"""Characters of a path that are kept."""


@dataclass(frozen=True, kw_only=True)
class AppRequest:
    """One request and its answer. The query is not kept: it may hold a secret."""

    at: str
    """ISO, UTC."""
    host: str
    method: str
    path: str
    status: int
    ms: int
    """Milliseconds until the head of the answer was there."""


@dataclass
class RequestLog:
    """The last :data:`MOST` requests, and those who wait for the next."""

    _entries: deque[tuple[int, AppRequest]] = field(default_factory=lambda: deque(maxlen=MOST))
    _number: int = 0
    _changed: asyncio.Event = field(default_factory=asyncio.Event)

    def note(self, request: AppRequest) -> None:
        """Keep one, and wake those who wait."""
        self._number += 1
        self._entries.append((self._number, request))
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()

    async def watch(self, beat: float) -> AsyncGenerator[list[dict[str, object]]]:
        """The requests that are there, then those that come, a list at a time; an empty one every ``beat`` seconds."""
        last = 0
        while True:
            changed = self._changed
            fresh = [(number, entry) for number, entry in self._entries if number > last]
            if fresh:
                last = fresh[-1][0]
            yield [asdict(entry) for _, entry in fresh]
            try:
                await asyncio.wait_for(changed.wait(), beat)
            except TimeoutError:
                continue


@dataclass(frozen=True, kw_only=True)
class Recorded:
    """A site whose requests to apps are kept: a :data:`~slipway.sandbox.http.messages.Site`."""

    site: Site
    log: RequestLog
    to_app: Callable[[Head], bool]
    """Whether a request goes to an app; the calls of a control plane are not kept."""

    async def __call__(self, head: Head, body: Body) -> Answer:
        """Answer a request."""
        if not self.to_app(head):
            return await self.site(head, body)
        began = time.monotonic()
        answer = await self.site(head, body)
        self.log.note(
            AppRequest(
                at=f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
                host=head.value(b"host"),
                method=head.method,
                path=head.path[:LONGEST_PATH],
                status=answer.status,
                ms=round((time.monotonic() - began) * 1000),
            )
        )
        return answer
