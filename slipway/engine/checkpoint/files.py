"""Writing files so that a crash leaves the old one or the new one, never half of one."""

import contextlib
import os
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from slipway.engine.faults import fault_point


def replace_file(path: Path, content: bytes, *, backup: bool = False) -> None:
    """Write ``content`` to ``path``: a temporary file beside it, fsync, rename, fsync of the folder.

    ``backup`` first keeps the old file as ``<path>.bak`` (a second link to it: nothing is copied, and it is complete
    at every moment). Raises OSError, and then the old file is as it was.
    """
    fault_point("write")
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("wb") as file:
            os.fchmod(file.fileno(), 0o600)
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        fault_point("temporary-written")
        if backup and path.exists():
            _keep(path)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)
    fault_point("renamed")


def sweep(folder: Path, beginning: str) -> None:
    """Remove what processes of this machine that died had begun to write to files with this ``beginning``."""
    for path in folder.glob(f".{beginning}*.tmp"):
        owner = re.fullmatch(r".*\.(\d+)(\.bak)?\.tmp", path.name)
        if owner and not lives(int(owner[1])):
            path.unlink(missing_ok=True)


def lives(pid: int) -> bool:
    """Whether this machine has such a process, of any user."""
    try:
        os.kill(pid, 0)  # asks, and sends nothing
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        pass
    return True


ENGINES = ("slipway", "pulumi")
"""Words on the command line of what takes locks."""
CLOCK = 5.0
"""Seconds by which a process may seem younger than a lock that it took itself."""


def is_another(pid: int, timestamp: str) -> bool:
    """Whether the process with a number began after ``timestamp`` and is no engine: the number was given anew.

    Both have to be so: a clock that was set forward makes each process seem younger than it is. False where the
    process or the timestamp cannot be read.
    """
    import psutil  # few commands meet a lock

    try:
        taken = datetime.fromisoformat(timestamp)
        process = psutil.Process(pid)
        began, words = process.create_time(), " ".join(process.cmdline())
    except (ValueError, OverflowError, psutil.Error):
        return False
    taken = taken if taken.tzinfo else taken.replace(tzinfo=UTC)
    return began > taken.timestamp() + CLOCK and not any(word in words for word in ENGINES)


def sync_folder(folder: Path) -> None:
    """Make the names in ``folder`` durable."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _keep(path: Path) -> None:
    link = path.with_name(f".{path.name}.{os.getpid()}.bak.tmp")
    link.unlink(missing_ok=True)
    os.link(path, link)
    link.replace(path.with_name(f"{path.name}.bak"))


@contextlib.contextmanager
def absent_is_fine() -> Iterator[None]:
    """Ignore that a file is not there."""
    with contextlib.suppress(FileNotFoundError):
        yield
