"""Kills its process just before the N-th time that it creates, renames or removes a file below a folder.

``SLIPWAY_KILL_AT`` is N, ``SLIPWAY_KILL_BELOW`` the folder. One process dies, not every one that comes to its N-th: the
first leaves a file ``killed`` there, and the others go on.
"""

import os
import signal
import sys

_at, _below = int(os.environ.get("SLIPWAY_KILL_AT", "0")), os.environ.get("SLIPWAY_KILL_BELOW", "")
_PATH_OF = {
    "open": 0,
    "os.mkdir": 0,
    "os.remove": 0,
    "os.rename": 0,
    "os.rmdir": 0,
    "os.link": 1,
    "os.symlink": 1,
    "shutil.rmtree": 0,
}
"""Where among an event's arguments the path is (https://docs.python.org/3/library/audit_events.html)."""
_WRITES = os.O_CREAT | os.O_WRONLY | os.O_RDWR
_passed = 0


def _hook(event: str, arguments: tuple[object, ...]) -> None:
    global _passed
    if event not in _PATH_OF:
        return
    path = arguments[_PATH_OF[event]]
    if not isinstance(path, str) or not path.startswith(_below):
        return
    if event == "open" and not (isinstance(arguments[2], int) and arguments[2] & _WRITES):
        return
    _passed += 1
    if _passed == _at:
        try:
            os.close(os.open(f"{_below}/killed", os.O_CREAT | os.O_EXCL | os.O_WRONLY))
        except OSError:
            return
        os.kill(os.getpid(), signal.SIGKILL)


if _at and _below:
    sys.addaudithook(_hook)
