"""The requests that a front has passed on and that are not answered yet: who ends an app waits for them.

The front and who ends an app are two processes. Each app has a file, by its port of this machine; the front holds a
shared lock on it while a request is with the app, and looks whether its routes are still true once it has the lock. Who
has moved the routes away takes the lock for itself: whichever is first, no request reaches an app that is told to end.
A process that ends has no locks, so nothing stays locked after a crash.
"""

import fcntl
import os
import time
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, field
from pathlib import Path

from slipway.sandbox.services import registry

DRAIN_SECONDS = 20.0
"""For requests in flight, as the load balancers of Elastic Beanstalk give them (``ConnectionDrainingTimeout``):
https://docs.aws.amazon.com/elasticbeanstalk/latest/dg/command-options-general.html."""
POLL = 0.01


@dataclass
class InFlight:
    """The front's side: counts the requests to each app. For one thread."""

    state_folder: Path
    _open: dict[int, tuple[int, int]] = field(default_factory=dict)
    """Port -> the locked file, and the number of requests."""

    def begin(self, port: int) -> Callable[[], None]:
        """Note a request to the app at a port; what is returned notes its end, and counts once."""
        handle, count = self._open.get(port) or (_locked(self.state_folder, port), 0)
        self._open[port] = handle, count + 1
        ended = False

        def end() -> None:
            nonlocal ended
            if not ended:
                ended = True
                self._end(port)

        return end

    def _end(self, port: int) -> None:
        handle, count = self._open[port]
        if count > 1:
            self._open[port] = handle, count - 1
        else:
            del self._open[port]
            os.close(handle)


class Counted(AsyncGenerator[bytes]):
    """The pieces of an answer; its end, or that it is given up, is the request's end."""

    def __init__(self, pieces: AsyncGenerator[bytes], ended: Callable[[], None]) -> None:
        self._pieces, self._ended = pieces, ended

    async def asend(self, value: None) -> bytes:
        """The next piece."""
        try:
            return await self._pieces.asend(value)
        except BaseException:
            self._ended()
            raise

    async def athrow(self, *error: object) -> bytes:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Give it up."""
        try:
            return await self._pieces.athrow(*error)  # pyright: ignore[reportArgumentType, reportCallIssue]
        finally:
            self._ended()

    async def aclose(self) -> None:
        """Close what the pieces come from."""
        try:
            await self._pieces.aclose()
        finally:
            self._ended()


def drained(state_folder: Path, port: int, seconds: float = DRAIN_SECONDS) -> bool:
    """Wait until no request is with the app at a port; False where some are after so many ``seconds``.

    The routes lead elsewhere by then: who calls has moved them.
    """
    until = time.monotonic() + seconds
    handle = _opened(state_folder, port)
    try:
        while not _free(handle):
            if time.monotonic() > until:
                return False
            time.sleep(POLL)
        return True
    finally:
        os.close(handle)


def forget(state_folder: Path, port: int) -> None:
    """Remove the file of an app that has ended."""
    _place(state_folder, port).unlink(missing_ok=True)


def _locked(state_folder: Path, port: int) -> int:
    handle = _opened(state_folder, port)
    # Waits no longer than who looks whether it is free holds it, which is no time at all.
    fcntl.flock(handle, fcntl.LOCK_SH)
    return handle


def _free(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    fcntl.flock(handle, fcntl.LOCK_UN)
    return True


def _opened(state_folder: Path, port: int) -> int:
    place = _place(state_folder, port)
    try:
        return os.open(place, os.O_RDWR | os.O_CREAT, 0o600)
    except FileNotFoundError:
        registry.private(place.parent)
        return os.open(place, os.O_RDWR | os.O_CREAT, 0o600)


def _place(state_folder: Path, port: int) -> Path:
    return registry.folder(state_folder) / "in-flight" / str(port)
