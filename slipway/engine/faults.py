"""Places where a test may disturb the engine, to show that no moment is a bad one.

A point does nothing unless the environment variable ``SLIPWAY_FAULT`` names it as ``ACTION:POINT:N``: what is to
happen when this process passes that point for the N-th time; ``N+`` is that time and every later one. Actions are in
:data:`ACTIONS`. Points: lock-taken, pending-written, temporary-written, renamed, call-sent, answer-received,
end-written, history, unlock, and write (before anything is written to a file of the backend).
"""

import errno
import os
import signal
import threading
import time
from collections.abc import Callable

_wanted = os.environ.get("SLIPWAY_FAULT", "")
_passed = 0
_guard = threading.Lock()


def fault_point(name: str) -> None:
    """Pass the point ``name``. Raises OSError where that is the fault that was asked for."""
    if not _wanted:
        return
    global _passed
    action, point, number = [*_wanted.split(":"), "1"][:3]
    if point != name:
        return
    with _guard:
        _passed += 1
        passed = _passed
    first = int(number.removesuffix("+"))
    if passed == first or (number.endswith("+") and passed > first):
        ACTIONS[action](name)


def _kill(name: str) -> None:
    del name
    os.kill(os.getpid(), signal.SIGKILL)


def _interrupt(name: str) -> None:
    """As Ctrl-C would; the main thread has the time to take it before this one goes on."""
    del name
    os.kill(os.getpid(), signal.SIGINT)
    time.sleep(0.05)


def _interrupt_twice(name: str) -> None:
    _interrupt(name)
    _interrupt(name)


def _disk_full(name: str) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), name)


def _read_only(name: str) -> None:
    raise OSError(errno.EROFS, os.strerror(errno.EROFS), name)


ACTIONS: dict[str, Callable[[str], None]] = {
    "kill": _kill,
    "interrupt": _interrupt,
    "interrupt-twice": _interrupt_twice,
    "full": _disk_full,
    "read-only": _read_only,
}
"""kill: SIGKILL. interrupt: SIGINT, once or twice. full, read-only: OSError with ENOSPC or EROFS."""
