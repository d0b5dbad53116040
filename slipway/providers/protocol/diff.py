"""What changed between two sets of inputs, by property path: ``scaling.maxCount``, ``rules[0]``, ``tags["a.b"]``."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from slipway.providers.protocol.handler import Asset, Props
from slipway.providers.protocol.wire import Unknown

SIMPLE_KEY = re.compile(r"[A-Za-z_$][A-Za-z0-9_$]*")
PART = re.compile(r"""\.?([^.\[\]"]+)|\[(\d+|\*)\]|\["((?:[^"\\]|\\.)*)"\]""")

Path = tuple[str | int, ...]


@dataclass(frozen=True)
class Change:
    """One place that differs. ``kind`` is ``add``, ``delete`` or ``update``."""

    path: Path
    kind: str
    replaces: bool = False

    @property
    def text(self) -> str:
        """The path as Pulumi writes it."""
        return "".join(_shown(part, first=not index) for index, part in enumerate(self.path))


def changes(
    old: Props, new: Props, *, replace_on: Iterable[str] = (), replace_all: bool = False, ignore: Iterable[str] = ()
) -> list[Change]:
    """The differences, in the order of their paths.

    An unknown differs from everything; files differ when their hashes do; what is empty
    equals what is not there. A change at, above or below a path of
    ``replace_on`` replaces; one at or below a path of ``ignore`` is left out (``*`` there stands for any element).
    """
    ignored = [parsed(path) for path in ignore]
    replacing = [parsed(path) for path in replace_on]
    differences = []
    for change in _differences((), old, new):
        if any(_starts(change.path, path) for path in ignored):
            continue
        replaces = replace_all or any(_starts(change.path, p) or _starts(p, change.path) for p in replacing)
        differences.append(Change(change.path, change.kind, replaces))
    return differences


def differ(old: Any, new: Any) -> bool:  # noqa: ANN401 - any JSON
    """Whether two values differ, where what is empty equals what is not there."""
    return any(_differences((), old, new))


def blank(value: Any) -> bool:  # noqa: ANN401
    """Whether a value says no more than its absence: empty, false, zero, or made of such alone."""
    if isinstance(value, dict):
        return all(blank(item) for item in value.values())
    return value is None or (isinstance(value, str | int | float | list) and not value)


def parsed(path: str) -> Path:
    """The parts of a path's text; an element's ``*`` stays the text ``*``."""
    parts: list[str | int] = []
    for plain, index, quoted in PART.findall(path):
        if index:
            parts.append(int(index) if index.isdigit() else index)
        else:
            parts.append(plain or quoted.replace('\\"', '"').replace("\\\\", "\\"))
    return tuple(parts)


def _differences(path: Path, old: Any, new: Any) -> Iterator[Change]:  # noqa: ANN401 - any JSON
    if isinstance(old, dict) and isinstance(new, dict):
        for key in sorted(old.keys() | new.keys()):
            if key not in new:
                if not blank(old[key]):
                    yield Change((*path, key), "delete")
            elif key not in old:
                if not blank(new[key]):
                    yield Change((*path, key), "add")
            else:
                yield from _differences((*path, key), old[key], new[key])
    elif isinstance(old, list) and isinstance(new, list):
        for index in range(max(len(old), len(new))):
            if index >= len(new):
                yield Change((*path, index), "delete")
            elif index >= len(old):
                yield Change((*path, index), "add")
            else:
                yield from _differences((*path, index), old[index], new[index])
    elif not _same(old, new):
        yield Change(path, "update")


def _same(old: Any, new: Any) -> bool:  # noqa: ANN401
    if isinstance(old, Unknown) or isinstance(new, Unknown):
        return False
    if isinstance(old, Asset) and isinstance(new, Asset):
        return (old.sha256, old.is_archive) == (new.sha256, new.is_archive)
    if isinstance(old, bool) != isinstance(new, bool):
        return False
    return old == new


def _starts(path: Path, prefix: Path) -> bool:
    return len(path) >= len(prefix) and all(b in (a, "*") for a, b in zip(path, prefix, strict=False))


def _shown(part: str | int, *, first: bool) -> str:
    if isinstance(part, int):
        return f"[{part}]"
    if SIMPLE_KEY.fullmatch(part):
        return part if first else f".{part}"
    escaped = part.replace("\\", "\\\\").replace('"', '\\"')
    return f'["{escaped}"]'
