"""The memory of apps, counted and held by the kernel's control groups: one group for each app that has a limit.

Both forms that Linux has of them are served, and root alone may make one:
https://docs.kernel.org/admin-guide/cgroup-v2.html, https://docs.kernel.org/admin-guide/cgroup-v1/memory.html.
"""

import os
import re
import time
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path

PREFIX = "slipway-"
OLD = 60.0
"""Seconds after which a group without a process was left by a sandbox that ended without a word."""
PATIENCE = 2.0
"""Seconds that the kernel has to forget the processes of an ended app, before its group can be removed."""


@dataclass(frozen=True, kw_only=True)
class Form:
    """A form of control groups: where they lie, and the files of one by which its memory is held."""

    root: Path
    most: str
    """Takes the bytes."""
    no_more: tuple[str, str]
    """A file, and what it takes so that swap is no way out; what a system without swap lacks."""
    kills: str
    """Counts the processes that were ended because they needed too much memory, in a line ``oom_kill NUMBER``."""
    controllers: str = ""
    """The file of the root that hands memory on to groups, where that has to be asked for."""


FORMS = (
    Form(
        root=Path("/sys/fs/cgroup"),
        most="memory.max",
        no_more=("memory.swap.max", "0"),
        kills="memory.events",
        controllers="cgroup.subtree_control",
    ),
    Form(
        root=Path("/sys/fs/cgroup/memory"),
        most="memory.limit_in_bytes",
        no_more=("memory.swappiness", "0"),
        kills="memory.oom_control",
    ),
)


@cache
def form() -> Form | None:
    """The form by which this process may hold memory; None where it may by none."""
    return next((one for one in FORMS if not _obstacle(one)), None) if os.geteuid() == 0 else None


def obstacle() -> str:
    """Why this machine holds no app to its memory; "" where it does."""
    if os.geteuid() != 0:
        return "only root may make a control group"
    return "" if form() else "this system lets no control group of memory be made"


def make(state_folder: Path, name: str, size: int) -> Path | None:
    """A group that holds ``size`` bytes, for the app of this name, in place of the one it had; None without means."""
    by = form()
    if by is None or size <= 0:
        return None
    remove(state_folder, name)
    group = by.root / _name(state_folder, name)
    group.mkdir(exist_ok=True)
    (group / by.most).write_text(str(size), encoding="ascii")
    with suppress(OSError):
        (group / by.no_more[0]).write_text(by.no_more[1], encoding="ascii")
    return group


def processes_of(group: Path) -> Path:
    """The file by which a process joins a group."""
    return group / "cgroup.procs"


def kills(state_folder: Path, name: str) -> int:
    """How many processes of an app were ended because its memory was used up."""
    by = form()
    if by is None:
        return 0
    try:
        text = (by.root / _name(state_folder, name) / by.kills).read_text(encoding="ascii")
    except OSError:
        return 0
    counted = re.search(r"^oom_kill (\d+)$", text, re.MULTILINE)
    return int(counted[1]) if counted else 0


def remove(state_folder: Path, name: str) -> None:
    """Remove the group of an app that has ended."""
    if (by := form()) is not None:
        _remove(by.root / _name(state_folder, name))


def remove_all(state_folder: Path) -> None:
    """Remove every group of a sandbox that has ended."""
    for group in groups(state_folder):
        _remove(group)


def sweep() -> None:
    """Remove the groups that killed sandboxes have left on this machine, whichever folder they were of."""
    by = form()
    for group in by.root.glob(f"{PREFIX}*") if by else ():
        with suppress(OSError):  # one with a process cannot be removed
            if group.stat().st_mtime < time.time() - OLD:
                group.rmdir()


def groups(state_folder: Path) -> list[Path]:
    """The groups that a sandbox has."""
    by = form()
    return sorted(by.root.glob(f"{_prefix(state_folder)}*")) if by else []


def _remove(group: Path) -> None:
    until = time.monotonic() + PATIENCE
    while group.exists():
        try:
            group.rmdir()
        except FileNotFoundError:
            return
        except OSError:  # a process of it is not quite gone
            if time.monotonic() > until:
                return
            time.sleep(0.02)


def _prefix(state_folder: Path) -> str:
    return f"{PREFIX}{sha256(os.fsencode(state_folder)).hexdigest()[:8]}-"


def _name(state_folder: Path, name: str) -> str:
    return f"{_prefix(state_folder)}{sha256(name.encode()).hexdigest()[:8]}"


def _obstacle(by: Form) -> str:
    """Why no group can be made of this form; "" where one was, and removed again."""
    trial = by.root / f"{PREFIX}trial-{os.getpid()}"
    try:
        if by.controllers and "memory" not in (by.root / by.controllers).read_text(encoding="ascii").split():
            (by.root / by.controllers).write_text("+memory", encoding="ascii")
        trial.mkdir()
        try:
            (trial / by.most).write_text(str(64 << 20), encoding="ascii")
        finally:
            trial.rmdir()
    except OSError as error:
        return str(error)
    return ""
