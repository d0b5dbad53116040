"""Digests remembered by what ``stat`` says, as git's index does, so that an unchanged app is not read again.

A remembered digest counts while the file's stamp is the same *and* the file had been at rest when it was read.
"""

import json
import os
import time
from pathlib import Path
from typing import Any

from slipway.bundle.content import Content, content_of, content_of_bytes
from slipway.bundle.deflate_cache import SMALL
from slipway.bundle.file_stamps import REST_NS
from slipway.bundle.tree import FileStat, Tree

IN_MEMORY = 16 << 20
"""Bytes of small files that are handed on with what was read of them, so that they need not be read again."""


def contents_of(tree: Tree, remembered: Path) -> tuple[dict[str, Content], dict[str, bytes]]:
    """What the bytes of each of the tree's files are, by path; reads those that are not remembered.

    Also the bytes of what was read, as far as that is small, 16 MB at most.
    ``remembered`` is a file of the cache, written whenever something was read. A damaged one is as good as none.
    """
    previous = _load(remembered)
    result: dict[str, Content] = {}
    unknown: list[str] = []
    in_memory: dict[str, bytes] = {}
    for path, entry in tree.files.items():
        content = _content_by(previous.get(path), entry)
        if content is None:
            unknown.append(path)
        else:
            result[path] = content
    started = time.time_ns()
    if unknown:
        large = [path for path in unknown if tree.files[path].stamp[0] > SMALL]
        # Small files are read here: handing one to a thread costs more than reading it.
        room = IN_MEMORY
        for path in unknown:
            if tree.files[path].stamp[0] <= SMALL:
                data = tree.read(path)
                result[path] = content_of_bytes(data, look_for_keys=True)
                if (room := room - len(data)) >= 0:
                    in_memory[path] = data
        result.update(_read_all(tree, large))
    if unknown or len(previous) != len(result):
        remaining = {
            path: (tree.files[path].stamp, result[path].row())
            for path in tree.files
            if tree.files[path].ctime_ns + REST_NS < started
        }
        # Files not at rest are not kept, so the next run reads them again; equal content then costs one reading.
        _save(remembered, remaining)
    return {path: result[path] for path in tree.files}, in_memory


def _read_all(tree: Tree, paths: list[str]) -> dict[str, Content]:
    if len(paths) < 2:
        return {path: _read(tree, path) for path in paths}
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        return dict(zip(paths, pool.map(lambda path: _read(tree, path), paths), strict=True))


def _read(tree: Tree, path: str) -> Content:
    with tree.open(path) as fd:
        return content_of(fd, look_for_keys=True)


def _content_by(entry: Any, stat_entry: FileStat) -> Content | None:  # noqa: ANN401
    try:
        if tuple(entry[0]) != stat_entry.stamp:
            return None
        *facts, keys = entry[1]
        return Content(*facts, keys=tuple((line, what) for line, what in keys))
    except (TypeError, LookupError, ValueError):
        return None


def _load(file: Path) -> dict[str, Any]:
    try:
        document = json.loads(file.read_bytes())
    except (OSError, ValueError):
        return {}
    return document if isinstance(document, dict) else {}


def _save(file: Path, remaining: object) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    temporary = file.with_name(f"{file.name}.{os.getpid()}.{time.monotonic_ns()}")
    temporary.write_text(json.dumps(remaining, separators=(",", ":")), encoding="utf-8")
    temporary.replace(file)
