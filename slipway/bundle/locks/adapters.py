"""What platforms need to serve an app and an app need not know of: pinned here, added where its lock lacks them.

``adapters.txt`` and ``adapters_older.txt`` are compiled from the ``.in`` files beside them by ``make lock``.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path

from slipway.bundle.locks.pins import Pin, normal
from slipway.bundle.locks.requirements import lines_of

NEEDS: Mapping[str, tuple[str, ...]] = {
    "a2wsgi": (),
    "apig-wsgi": (),
    "click": (),
    "gunicorn": (),
    "h11": (),
    "mangum": ("typing-extensions",),
    "typing-extensions": (),
    "uvicorn": ("click", "h11"),
    "uvicorn-worker": ("gunicorn", "uvicorn"),
    "whitenoise": (),
}
"""Adapter -> the packages that it needs itself."""


OLDER: Mapping[str, tuple[str, str]] = {"uvicorn-worker": ("uvicorn", "0.36")}
"""Adapter -> the package, and its first version, that the adapter's newest version needs.

An app that pins an older one gets the adapter of ``adapters_older.txt``. Source: what uvicorn-worker 0.4.0 requires.
"""


def added(names: Iterable[str], present: Mapping[str, str]) -> list[Pin]:
    """The pins of adapters, with what they need, less the packages that an app has already.

    ``present`` is what the app's lock pins: package -> version.
    """
    todo, chosen = list(names), dict[str, Pin]()
    mine = {normal(name): version for name, version in present.items()}
    pins = _pins("adapters.txt") | _older(mine) if todo else {}
    while todo:
        name = todo.pop()
        if name not in mine and name not in chosen:
            chosen[name] = pins[name]
            todo.extend(NEEDS[name])
    return [chosen[name] for name in sorted(chosen)]


def _older(mine: Mapping[str, str]) -> dict[str, Pin]:
    from packaging.version import Version

    names = [
        adapter
        for adapter, (package, first) in OLDER.items()
        if (version := mine.get(package)) and Version(version) < Version(first)
    ]
    pins = _pins("adapters_older.txt") if names else {}
    return {name: pins[name] for name in names}


def _pins(file: str) -> dict[str, Pin]:
    text = Path(__file__).with_name(file).read_text(encoding="utf-8")
    lines = lines_of(text, lambda name: "", file=file)
    return {
        normal(line.requirement.name): Pin(name=normal(line.requirement.name), version=line.pinned, hashes=line.hashes)
        for line in lines
        if line.requirement
    }
