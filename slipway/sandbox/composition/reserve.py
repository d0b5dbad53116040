"""Room set aside on the disk of a state folder while an engine acts, and given back where the disk is full.

set aside, or refuse to begin -> the disk is full -> given back: the state of what was done can still be written

An engine whose state cannot be written has made things that no state names, and `pulumi` cuts the state off.
"""

import errno
import os
import shutil
from pathlib import Path

BYTES = 4 << 20
"""Several states with hundreds of resources, and what the sandbox notes beside them."""
LOW = 512 << 10
"""Free bytes below which the disk counts as full."""


def set_aside(state_folder: Path) -> None:
    """Take the room, so that nothing else takes it. Raises OSError, with the path, where there is none."""
    path = _path(state_folder)
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with path.open("wb") as file:
            _allocate(file.fileno())
    except OSError as error:
        path.unlink(missing_ok=True)
        raise OSError(error.errno, os.strerror(error.errno or errno.ENOSPC), str(state_folder)) from None


def give_back(state_folder: Path) -> bool:
    """Free the room where the disk is full; whether that was so."""
    path = _path(state_folder)
    if not path.exists() or shutil.disk_usage(path).free >= LOW:
        return False
    path.unlink(missing_ok=True)
    return True


def end(state_folder: Path) -> None:
    """Free the room: the engine has come to its end."""
    _path(state_folder).unlink(missing_ok=True)


def _allocate(descriptor: int) -> None:
    if hasattr(os, "posix_fallocate"):
        os.posix_fallocate(descriptor, 0, BYTES)
    else:
        os.write(descriptor, bytes(BYTES))
        os.fsync(descriptor)


def _path(state_folder: Path) -> Path:
    return state_folder / "state" / "reserve"
