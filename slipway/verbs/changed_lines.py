"""Where in a changed file of an app the first change is: a line of the file as the folder has it now."""

import tarfile
import zipfile
from collections.abc import Sequence
from itertools import zip_longest
from pathlib import Path

from slipway.bundle.artifact import Artifact
from slipway.bundle.cache import Cache

_CHANGED = "~ "
_LARGEST = 1_000_000
"""Bytes of a file that is compared; a larger one is hardly written by hand."""


def with_lines(lines: Sequence[str], artifact: Artifact, digest: str, cache: Cache) -> list[str]:
    """The differences between two artifacts, a changed file with its first changed line: ``~ main.py:12``.

    ``digest`` is the deployed artifact's; where the cache has its file no more, the differences stay as they are.
    """
    deployed = next((path for path in (cache.root / "artifacts").glob(f"{digest}.*") if path.suffix in _READERS), None)
    if deployed is None:
        return list(lines)
    return [_with_line(line, deployed, artifact) for line in lines]


def _with_line(line: str, deployed: Path, artifact: Artifact) -> str:
    path = line.removeprefix(_CHANGED)
    if not line.startswith(_CHANGED) or artifact.sizes.get(path, _LARGEST) >= _LARGEST:
        return line
    before, after = _member(deployed, path), _member(artifact.path, path)
    number = first_changed_line(before, after) if before is not None and after is not None else 0
    return f"{line}:{number}" if number else line


def first_changed_line(before: bytes, after: bytes) -> int:
    """The number of the first line that differs, from 1; 0 where a file is no text, or none differs."""
    try:
        old, new = before.decode().splitlines(), after.decode().splitlines()
    except UnicodeDecodeError:
        return 0
    pairs = enumerate(zip_longest(old, new), start=1)
    return next((min(number, max(1, len(new))) for number, (was, now) in pairs if was != now), 0)


def _member(archive: Path, name: str) -> bytes | None:
    reader = _READERS.get(archive.suffix)
    return reader(archive, name) if reader else None


def _of_zip(archive: Path, name: str) -> bytes | None:
    with zipfile.ZipFile(archive) as opened:
        return opened.read(name) if name in opened.namelist() else None


def _of_tar(archive: Path, name: str) -> bytes | None:
    with tarfile.open(archive) as opened:
        member = opened.extractfile(name) if name in opened.getnames() else None
        return member.read() if member else None


_READERS = {".zip": _of_zip, ".tar": _of_tar}
