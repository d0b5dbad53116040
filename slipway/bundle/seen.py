"""The answer for an app in which nothing changed: which artifact it made last, as long as ``stat`` says the same.

A note holds the stamp of everything that the walk looked at: files, links, what stays out, and each folder, whose own
stamp changes with every name that joins or leaves it. While all are the same, walking and planning again would come to
the same end. As in ``index``, a note is only written of what had been at rest. This module imports nothing that takes
time, so that the command can ask before it loads the rest.
"""

import os
import sys
import zlib

from slipway.bundle.stamps import REST_NS, Stamp, stamp_of

_HEAD = 5


def note_of(cache: str, root: str, options_key: str) -> str:
    """Where the note about a build lies: ``options_key`` is the kind with its options, "" for the recognised kind.

    Two questions may come to one name: each note says which it answers.
    """
    return f"{cache}/seen/{zlib.crc32(f'{root} {options_key}'.encode(errors='surrogateescape')):08x}"


def recall(cache: str, root: str, options_key: str) -> tuple[list[str], str] | None:
    """What was noted with :func:`keep`, ``(answer, rest)``; None where anything has changed since, or nothing is noted.

    ``root`` is the app's folder, without links in it.
    """
    try:
        with open(note_of(cache, root, options_key), encoding="utf-8", errors="surrogateescape", newline="\n") as file:  # noqa: PTH123
            lines = file.read().split("\n")
        count = int(lines[0])
        if lines[1:_HEAD] != _head(root, options_key) or lines[-1] != "end":
            return None
        answer, things, rest = lines[_HEAD : _HEAD + count], lines[_HEAD + count : -2], lines[-2]
        for thing in things:
            stamp, _, path = thing.partition("\t")
            if _written(stamp_of(os.lstat(path))) != stamp:
                return None
    except (OSError, ValueError, LookupError):
        return None
    return answer, rest


def keep(
    cache: str,
    root: str,
    options_key: str,
    *,
    stamps: dict[str, Stamp],
    began_ns: int,
    answer: list[str],
    rest: str,
    files: list[str],
    to: str,
) -> bool:
    """Write the note to a new file ``to``; False where something was not at rest, or has a name that no line can hold.

    ``stamps`` is the tree's; ``began_ns`` when the walk began; ``files`` are the cache's own files that the answer
    stands on. ``answer`` and ``rest`` (one line) come back as they are.
    """
    if any(ctime + REST_NS >= began_ns for _, _, ctime, _, _ in stamps.values()):
        return False
    things = [(f"{root}/{path}" if path else root, stamp) for path, stamp in stamps.items()]
    things += [(file, stamp_of(os.lstat(file))) for file in files]
    lines = [str(len(answer)), *_head(root, options_key), *answer]
    lines += [f"{_written(stamp)}\t{path}" for path, stamp in things]
    lines += [rest, "end"]
    text = "\n".join(lines)
    if text.count("\n") != len(lines) - 1:
        return False
    with open(to, "x", encoding="utf-8", errors="surrogateescape", newline="\n") as file:  # noqa: PTH123
        file.write(text)
    return True


def _head(root: str, options_key: str) -> list[str]:
    return [root, options_key, f"{sys.version_info[:3]} {zlib.ZLIB_RUNTIME_VERSION}", _code()]


def _code() -> str:
    """The state of the rules themselves: an edit of a kind, or of the rules about files left out, changes the key."""
    here = os.path.dirname(__file__)  # noqa: PTH120
    result: list[str] = []
    for folder in (here, f"{here}/kinds"):
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.name.endswith(".py"):
                    status = entry.stat()
                    result.append(f"{entry.name} {status.st_size} {status.st_mtime_ns}")
    return f"{zlib.crc32(' '.join(sorted(result)).encode()):08x}"


def _written(stamp: Stamp) -> str:
    return "%d %d %d %d %d" % stamp  # noqa: UP031 (the fastest of the ways, 2,000 times)
