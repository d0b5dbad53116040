"""Places where a test may stop the engine, to show that no moment is a bad one to die at.

A point does nothing unless ``SLIPWAY_FAULT`` names it: ``kill:pending-written:3`` kills this process with SIGKILL the
third time it passes that point; ``raise:…`` raises OSError("disk full") there instead. Points: lock-taken,
pending-written, temporary-written, renamed, call-sent, answer-received, end-written, history, unlock.
"""

import errno
import os
import signal
import threading

_wanted = os.environ.get("SLIPWAY_FAULT", "")
_passed = 0
_guard = threading.Lock()


def fault_point(name: str) -> None:
    """Pass the point ``name``; see the module."""
    if not _wanted:
        return
    global _passed
    action, point, count = [*_wanted.split(":"), "1"][:3]
    with _guard:
        if point != name:
            return
        _passed += 1
        if _passed != int(count):
            return
    if action == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    raise OSError(errno.ENOSPC, "No space left on device", name)
