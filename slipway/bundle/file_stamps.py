"""What ``stat`` says of a file, by which one state of it is told from another."""

import os

Stamp = tuple[int, int, int, int, int]
"""Size, mtime, ctime (ns), inode, device. The change time decides, since no program can set it."""

REST_NS = 100_000_000
"""How long (ns) a file has to be at rest before its stamp tells; ten times the coarsest clock tick of Linux's file
systems. One that was written less than that before could be written again within the same tick, with nothing to tell
by."""


def stamp_of(status: os.stat_result) -> Stamp:
    """The stamp of what ``status`` is about."""
    return (status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino, status.st_dev)
