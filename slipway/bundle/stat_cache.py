"""The stat cache: which artifact an app's folder made last, as long as ``stat`` says the same of all that is in it.

An entry holds the stamp of everything that the walk looked at: files, links, what stays out, and each folder, whose own
stamp changes with every name that joins or leaves it. While all are the same, walking and planning again would come to
the same end. As in ``index``, an entry is only written of files that had been at rest. This module imports nothing that
takes time, so that the command can ask before it loads the rest.
"""

import os
import sys
import time
import zlib
from collections.abc import Mapping

from slipway.bundle.file_stamps import REST_NS, Stamp, stamp_of


def look_up(cache: str, root: str, options_key: str) -> list[str] | None:
    """Kind, digest, details and path of the artifact, as :func:`write` got them; None if anything differs since then.

    ``cache`` is the cache's folder, ``root`` the app's, without links in it. ``options_key`` is the kind with its
    options, "" for the recognised kind.
    """
    entry = _entry_file(cache, root, options_key)
    try:
        with open(entry, encoding="utf-8", errors="surrogateescape", newline="\n") as file:  # noqa: PTH123
            key, artifact, *stamps, end = file.read().split("\n")
        if (key, end) != (_key(root, options_key), "end"):
            return None
        for line in stamps:
            stamp, _, path = line.partition("\t")
            if _line(stamp_of(os.lstat(path))) != stamp:
                return None
    except (OSError, ValueError):
        return None
    return artifact.split("\t", 3)


def write(
    cache: str,
    root: str,
    options_key: str,
    *,
    artifact: tuple[str, str, str, str],
    stamps: Mapping[str, Stamp],
    elsewhere: Mapping[str, Stamp],
    began_ns: int,
    files: list[str],
) -> None:
    """Write the entry, unless something was not at rest, or has a name that no line can hold.

    ``artifact`` is its kind, digest, details (without a tab or a new line) and path; ``stamps`` are the tree's, and
    ``elsewhere`` those of what lies outside of it, by whole paths; ``began_ns`` is when the walk began; ``files`` are
    the cache's own files that have to stay as they are.
    """
    if any(ctime + REST_NS >= began_ns for _, _, ctime, _, _ in [*stamps.values(), *elsewhere.values()]):
        return
    paths = {f"{root}/{path}" if path else root: stamp for path, stamp in stamps.items()}
    paths |= elsewhere
    paths |= {file: stamp_of(os.lstat(file)) for file in files}
    lines = [_key(root, options_key), "\t".join(artifact)]
    lines += [f"{_line(stamp)}\t{path}" for path, stamp in paths.items()]
    text = "\n".join([*lines, "end"])
    if text.count("\n") != len(lines):
        return
    entry = _entry_file(cache, root, options_key)
    os.makedirs(f"{cache}/stat", exist_ok=True)  # noqa: PTH103
    temporary = f"{entry}.{os.getpid()}.{time.monotonic_ns()}"
    with open(temporary, "x", encoding="utf-8", errors="surrogateescape", newline="\n") as file:  # noqa: PTH123
        file.write(text)
    os.replace(temporary, entry)  # noqa: PTH105


def _entry_file(cache: str, root: str, options_key: str) -> str:
    """Where an entry lies. Two keys may come to one name: each entry holds its whole key."""
    return f"{cache}/stat/{zlib.crc32(f'{root} {options_key}'.encode(errors='surrogateescape')):08x}"


def _key(root: str, options_key: str) -> str:
    return f"{root}\t{options_key}\t{sys.version_info[:3]} {zlib.ZLIB_RUNTIME_VERSION} {_code()}"


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


def _line(stamp: Stamp) -> str:
    return "%d %d %d %d %d" % stamp  # noqa: UP031 (the fastest of the ways, 2,000 times)
