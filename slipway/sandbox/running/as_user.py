"""Becomes another user and then another program: ``python as_user.py USER:GROUP FOLDER … -- COMMAND …``, as root.

The user sees the folders that are named here, whatever lies above them. Where one that lies above is closed to other
users, the process gets a view of the files of its own, in which that folder holds nothing but the way to those named.
It runs on any Python, with nothing of ours on the path.
"""

import ctypes
import os
import stat
import sys
from collections.abc import Sequence
from pathlib import Path

NEW_VIEW = 0x20000
"""CLONE_NEWNS: https://man7.org/linux/man-pages/man2/unshare.2.html."""
BIND, RECURSIVE, PRIVATE = 0x1000, 0x4000, 0x40000
"""https://man7.org/linux/man-pages/man2/mount.2.html."""
NO_NEW_PRIVILEGES = 38
"""PR_SET_NO_NEW_PRIVS: no program that it starts becomes root again."""
DIFFERENT = 97
"""The exit status where the view could not be made."""


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


def open_way(closed: Sequence[Path], places: Sequence[Path]) -> None:
    """Put an empty folder over each that is closed, and the places back into it; for this process alone."""
    system = ctypes.CDLL(None, use_errno=True)

    def call(result: int, doing: str) -> None:
        if result:
            raise OSError(ctypes.get_errno(), f"{doing}: {os.strerror(ctypes.get_errno())}")

    def mount(source: str, target: str, kind: str, flags: int, data: str = "") -> None:
        words = [word.encode() for word in (source, target, kind)]
        call(system.mount(*words, ctypes.c_ulong(flags), data.encode()), f"mounting {target}")

    call(system.unshare(NEW_VIEW), "unshare")
    mount("none", "/", "", RECURSIVE | PRIVATE)
    # Opened before they are covered; a number leads to them afterwards.
    handles = {place: os.open(place, os.O_PATH) for place in places}
    for folder in closed:
        mount("tmpfs", str(folder), "tmpfs", 0, "mode=0755,size=1m")
    for place, handle in handles.items():
        if not any(place.is_relative_to(folder) for folder in closed):
            continue
        if stat.S_ISDIR(os.fstat(handle).st_mode):
            place.mkdir(parents=True, exist_ok=True)
        else:
            place.parent.mkdir(parents=True, exist_ok=True)
            place.touch()
        mount(f"/proc/self/fd/{handle}", str(place), "", BIND | RECURSIVE)
    for handle in handles.values():
        os.close(handle)


def become(user: int, group: int) -> None:
    """Be this user, and never root again."""
    os.setgroups([])
    os.setgid(group)
    os.setuid(user)
    ctypes.CDLL(None).prctl(NO_NEW_PRIVILEGES, 1, 0, 0, 0)


def main(user: int, group: int, places: Sequence[Path], words: Sequence[str]) -> None:
    """Become the user, and then the program."""
    here, mask = Path.cwd(), os.umask(0o022)
    if closed := closed_above(places, user, group):
        try:
            open_way(closed, places)
        except OSError as error:
            sys.stderr.write(f"no view of its own: {error}\n")
            sys.exit(DIFFERENT)
        os.chdir(here)
    os.umask(mask)
    become(user, group)
    os.execvp(words[0], list(words))  # noqa: S606 - this is what it is for


if __name__ == "__main__":
    at = sys.argv.index("--")
    who, _, whose = sys.argv[1].partition(":")
    main(int(who), int(whose or who), [Path(word) for word in sys.argv[2:at]], sys.argv[at + 1 :])
