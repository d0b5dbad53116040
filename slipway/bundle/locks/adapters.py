"""What platforms need to serve an app and an app need not know of: pinned here, added where its lock lacks them.

``adapters.txt`` is compiled from ``adapters.in`` by ``make lock``.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path

from slipway.bundle.locks.pins import Pin, normal

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
}
"""Adapter -> the packages that it needs itself."""


def added(names: Iterable[str], present: Iterable[str]) -> list[Pin]:
    """The pins of adapters, with what they need, less the packages that an app has already."""
    todo, chosen, mine = list(names), dict[str, Pin](), {normal(name) for name in present}
    pins = _pins() if todo else {}
    while todo:
        name = todo.pop()
        if name not in mine and name not in chosen:
            chosen[name] = pins[name]
            todo.extend(NEEDS[name])
    return [chosen[name] for name in sorted(chosen)]


def _pins() -> dict[str, Pin]:
    from slipway.bundle.locks.requirements import lines_of

    text = Path(__file__).with_name("adapters.txt").read_text(encoding="utf-8")
    lines = lines_of(text, lambda name: "", file="adapters.txt")
    return {
        normal(line.requirement.name): Pin(name=normal(line.requirement.name), version=line.pinned, hashes=line.hashes)
        for line in lines
        if line.requirement
    }
