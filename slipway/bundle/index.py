"""Digests remembered by what ``stat`` says, as git's index does, so that an unchanged app is not read again.

A remembered digest counts while size, times, inode and device are the same *and* the file had been at rest when it was
read: one that was written less than ``REST_NS`` before could be written again within the same tick of the clock, with
nothing to tell by. The change time decides, since no program can set it.
"""

import json
import os
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from slipway.bundle.content import Content, content_of
from slipway.bundle.packs import SMALL
from slipway.bundle.tree import Seen, Tree

REST_NS = 100_000_000
"""How long (ns) a file has to be at rest; ten times the coarsest clock tick of Linux's file systems."""


def contents_of(tree: Tree, remembered: Path) -> dict[str, Content]:
    """What the bytes of each of the tree's files are, by path; reads those that are not remembered.

    ``remembered`` is a file of the cache, written whenever something was read. A damaged one is as good as none.
    """
    known = _load(remembered)
    result: dict[str, Content] = {}
    unknown: list[str] = []
    for path, seen in tree.files.items():
        content = _recalled(known.get(path), seen)
        if content is None:
            unknown.append(path)
        else:
            result[path] = content
    started = time.time_ns()
    if unknown:
        large = [path for path in unknown if tree.files[path].stamp[0] > SMALL]
        with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
            reading = pool.map(lambda path: _read(tree, path), large)
            # Small files are read here: handing one to a thread costs more than reading it.
            result.update({path: _read(tree, path) for path in unknown if tree.files[path].stamp[0] <= SMALL})
            result.update(zip(large, reading, strict=True))
    if unknown or len(known) != len(result):
        kept = {
            path: (tree.files[path].stamp, result[path].row())
            for path in tree.files
            if tree.files[path].ctime_ns + REST_NS < started
        }
        # Files not at rest are not kept, so the next run reads them again; equal content then costs one reading.
        _save(remembered, kept)
    return {path: result[path] for path in tree.files}


def _read(tree: Tree, path: str) -> Content:
    with tree.open(path) as fd:
        return content_of(fd, path)


def _recalled(entry: Any, seen: Seen) -> Content | None:  # noqa: ANN401
    try:
        return Content(*entry[1]) if tuple(entry[0]) == seen.stamp else None
    except (TypeError, LookupError):
        return None


def _load(file: Path) -> dict[str, Any]:
    try:
        known = json.loads(file.read_bytes())
    except (OSError, ValueError):
        return {}
    return known if isinstance(known, dict) else {}


def _save(file: Path, kept: object) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    temporary = file.with_name(f"{file.name}.{os.getpid()}.{time.monotonic_ns()}")
    temporary.write_text(json.dumps(kept, separators=(",", ":")), encoding="utf-8")
    temporary.replace(file)
