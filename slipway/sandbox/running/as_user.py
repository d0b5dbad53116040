"""Becomes another user, within limits, and then another program: ``python as_user.py ORDERS -- COMMAND …``.

``ORDERS`` are :class:`Orders` as JSON. As root it can do all of them; as an ordinary user it stays who it is, and the
system decides by what the files are held read-only.

The user sees the folders that are named here, whatever lies above them. Where one that lies above is closed to other
users, the process gets a view of the files of its own, in which that folder holds nothing but the way to those named.
It runs on any Python, with nothing of ours on the path.
"""

import ctypes
import json
import os
import stat
import struct
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

NEW_VIEW, NEW_USERS = 0x20000, 0x10000000
"""CLONE_NEWNS, CLONE_NEWUSER: https://man7.org/linux/man-pages/man2/unshare.2.html."""
BIND, RECURSIVE, PRIVATE = 0x1000, 0x4000, 0x40000
"""https://man7.org/linux/man-pages/man2/mount.2.html."""
MOUNT_SETATTR, WHOLE_TREE, READ_ONLY = 442, 0x8000, 0x1
"""https://man7.org/linux/man-pages/man2/mount_setattr.2.html; the number is the same on every processor."""
RULESET, RULE, RESTRICT = 444, 445, 446
"""Landlock's system calls: https://man7.org/linux/man-pages/man7/landlock.7.html."""
WRITING = sum(1 << bit for bit in (1, *range(4, 13)))
"""Landlock's rights to write, make and remove, as its first version has them."""
MOVING, CUTTING = 1 << 13, 1 << 14
"""Its rights to move between folders and to cut files off, of its second and third version."""
NO_NEW_PRIVILEGES = 38
"""PR_SET_NO_NEW_PRIVS: no program that it starts becomes root again."""
DIFFERENT = 97
"""The exit status where the view could not be made."""
TEMPORARY = Path("/tmp")  # noqa: S108 - the app's own, in its view
EMPTY = "mode=0755,size=1m"
"""A folder that covers another, in memory."""
VIEW, LANDLOCK = "view", "landlock"
"""By what files are held read-only: a view of its own, or rules of the kernel's. With neither, by their modes alone."""


class Orders(NamedTuple):
    """Who the process becomes, and within which limits."""

    user: int
    group: int
    places: Sequence[str] = ()
    """What it sees, whatever lies above."""
    writable: Sequence[str] | None = None
    """The places that it may write beside /tmp; None for whatever the files' modes let it."""
    temporary: str = ""
    """Its own /tmp: a folder, or a number of bytes of memory; "" for the machine's."""
    hidden: Sequence[str] = ()
    """Folders that it finds empty."""
    memory: str = ""
    """The list of processes of the control group that counts its memory, which it joins."""
    means: str = VIEW


def closed_above(places: Sequence[Path], user: int, group: int, within: Path | None = None) -> list[Path]:
    """The uppermost folders above some places through which a user cannot pass; ``within`` is looked at no more."""
    uppermost: set[Path] = set()
    for place in places:
        above = (folder for folder in reversed(place.parents) if within is None or not folder.is_relative_to(within))
        uppermost |= set([folder for folder in above if folder.exists() and not _passes(folder, user, group)][:1])
    return sorted(uppermost)


def _passes(folder: Path, user: int, group: int) -> bool:
    details = folder.stat()
    if details.st_uid == user:
        return bool(details.st_mode & stat.S_IXUSR)
    return bool(details.st_mode & (stat.S_IXGRP if details.st_gid == group else stat.S_IXOTH))


class System:
    """The kernel's calls that Python has no names for. Each raises OSError, which says what was tried."""

    def __init__(self) -> None:
        self._library = ctypes.CDLL(None, use_errno=True)

    def call(self, doing: str, number: int, *words: object) -> int:
        """A system call by its number."""
        return self._checked(self._library.syscall(number, *words), doing)

    def unshare(self, flags: int) -> None:
        """Have something of one's own that was shared with other processes."""
        self._checked(self._library.unshare(flags), "unshare")

    def mount(self, source: str, target: str, kind: str, flags: int, data: str = "") -> None:
        """Lay a file system, or a folder, over a folder."""
        words = [word.encode() for word in (source, target, kind)]
        self._checked(self._library.mount(*words, ctypes.c_ulong(flags), data.encode()), f"mounting {target}")

    def hold(self, target: str, *, writable: bool) -> None:
        """Let no file at or below a folder be written; or let those of a mounted folder be, but of none below it."""
        attributes = struct.pack("=QQQQ", *((0, READ_ONLY) if writable else (READ_ONLY, 0)), 0, 0)
        doing = f"making {target} {'writable' if writable else 'read-only'}"
        at = ctypes.c_int(-100)
        depth, size = 0 if writable else WHOLE_TREE, ctypes.c_size_t(len(attributes))
        self.call(doing, MOUNT_SETATTR, at, target.encode(), depth, attributes, size)

    def forbid_new_privileges(self) -> None:
        """Let no program that this one starts have more rights than it."""
        self._library.prctl(NO_NEW_PRIVILEGES, 1, 0, 0, 0)

    def _checked(self, result: int, doing: str) -> int:
        if result < 0:
            raise OSError(ctypes.get_errno(), f"{doing}: {os.strerror(ctypes.get_errno())}")
        return result


def lay_view(system: System, orders: Orders, closed: Sequence[Path]) -> None:
    """Make the view of this process alone: what is closed or hidden is empty, the places are put back into it."""
    places = [Path(place) for place in orders.places]
    covers = {folder: EMPTY for folder in (*closed, *map(Path, orders.hidden)) if folder.is_dir()}
    if orders.temporary.isdecimal():
        covers[TEMPORARY] = f"mode=1777,size={orders.temporary}"
    _own_view(system)
    # Opened before they are covered; a number leads to them afterwards.
    handles = {place: os.open(place, os.O_PATH) for place in places}
    beneath = os.open(orders.temporary, os.O_PATH) if orders.temporary.startswith("/") else None
    for folder, data in covers.items():
        if not any(folder.is_relative_to(other) for other in covers if other != folder):
            system.mount("tmpfs", str(folder), "tmpfs", 0, data)
    if beneath is not None:
        system.mount(f"/proc/self/fd/{beneath}", str(TEMPORARY), "", BIND | RECURSIVE)
        os.close(beneath)
    covered = [*covers, *([TEMPORARY] if orders.temporary else [])]
    for place, handle in handles.items():
        if str(place) in (orders.writable or ()) or any(place.is_relative_to(folder) for folder in covered):
            _put_back(system, place, handle)
    for handle in handles.values():
        os.close(handle)
    if orders.writable is not None:
        system.hold("/", writable=False)
        for place in (*orders.writable, *([str(TEMPORARY)] if orders.temporary else [])):
            system.hold(place, writable=True)


def _own_view(system: System) -> None:
    """A view of the files that no other process has; for an ordinary user, with an own table of users to be allowed."""
    user, group = os.geteuid(), os.getegid()
    system.unshare(NEW_VIEW if user == 0 else NEW_VIEW | NEW_USERS)
    if user:
        for name, text in (("setgroups", "deny"), ("uid_map", f"{user} {user} 1"), ("gid_map", f"{group} {group} 1")):
            Path("/proc/self", name).write_text(text, encoding="utf-8")
    system.mount("none", "/", "", RECURSIVE | PRIVATE)


def _put_back(system: System, place: Path, handle: int) -> None:
    if stat.S_ISDIR(os.fstat(handle).st_mode):
        place.mkdir(parents=True, exist_ok=True)
    else:
        place.parent.mkdir(parents=True, exist_ok=True)
        place.touch()
    system.mount(f"/proc/self/fd/{handle}", str(place), "", BIND | RECURSIVE)


def lay_rules(system: System, writable: Sequence[str]) -> None:
    """Let this process, and what it starts, write in some places alone: Landlock, which every user may ask for."""
    version = system.call("Landlock", RULESET, None, ctypes.c_size_t(0), 1)
    rights = WRITING | (MOVING if version >= 2 else 0) | (CUTTING if version >= 3 else 0)
    attributes = struct.pack("=Q", rights)
    rules = system.call("Landlock", RULESET, attributes, ctypes.c_size_t(len(attributes)), 0)
    for place in writable:
        handle = os.open(place, os.O_PATH)
        system.call(f"Landlock for {place}", RULE, rules, 1, struct.pack("=Qi", rights, handle), 0)
        os.close(handle)
    system.forbid_new_privileges()
    system.call("Landlock", RESTRICT, rules, 0)
    os.close(rules)


def become(user: int, group: int) -> None:
    """Be this user, and never root again."""
    if os.geteuid() == 0:
        os.setgroups([])
        os.setgid(group)
        os.setuid(user)
    System().forbid_new_privileges()


def limit(orders: Orders, environment: Mapping[str, str]) -> None:
    """Lay the limits on this process. Raises OSError where the system has no means for one."""
    system, here, mask = System(), Path.cwd(), os.umask(0o022)
    if orders.memory:
        Path(orders.memory).write_text("0", encoding="ascii")  # the process that writes it
    by_view = orders.means == VIEW
    closed = closed_above(list(map(Path, orders.places)), orders.user, orders.group) if by_view else []
    if by_view and (closed or orders.writable is not None or orders.temporary or orders.hidden):
        lay_view(system, orders, closed)
        os.chdir(here)
    os.umask(mask)
    if orders.means == LANDLOCK and orders.writable is not None:
        folders = [orders.temporary] if orders.temporary.startswith("/") else []
        own = [environment["TMPDIR"]] if "TMPDIR" in environment else []
        lay_rules(system, [*orders.writable, *folders, *own, str(TEMPORARY), "/dev", "/proc"])


def main(orders: Orders, words: Sequence[str]) -> None:
    """Lay the limits on this process, become the user, and then the program."""
    try:
        limit(orders, os.environ)
    except OSError as error:
        sys.stderr.write(f"no view of its own: {error}\n")
        sys.exit(DIFFERENT)
    become(orders.user, orders.group)
    os.execvp(words[0], list(words))  # noqa: S606 - this is what it is for


if __name__ == "__main__":
    main(Orders(**json.loads(sys.argv[1])), sys.argv[3:])
