"""What the local clouds hold beside the resources of one stack: it keeps them running after that stack's destroy.

what the emulators have -> less the files that apps wrote -> less the stack's own, by its ids and names -> other things
"""

import re
from collections.abc import Iterator, Sequence

from slipway.errors import some
from slipway.platforms.pythonanywhere import NOT_WRITTEN
from slipway.sandbox import composition
from slipway.sandbox.composition import orphans
from slipway.stack.destroy_plan import Entry
from slipway.stack.session import Run, backend_of, services_run

NAMED = 5
"""So many things are named."""
SHORTEST = 6
"""Characters of a name that tells whose a thing is."""
WRITTEN = re.compile(r"file (?P<path>/home/.+) on PythonAnywhere")
PARTS = ("container ", "network ", "volume ", "image ", "registry object ", "process of ", "record of ")
"""What belongs to something else that is listed, or stands in no state by its own name."""


def written_path(line: str) -> str:
    """The path of a file that an app has written on PythonAnywhere; "" of any other line of the audit."""
    match = WRITTEN.fullmatch(line)
    return match["path"] if match and not NOT_WRITTEN & {*match["path"].split("/")} else ""


def other_stacks(run: Run) -> list[str]:
    """The other stacks of the project that have something in the local clouds."""
    return [stack.name for stack in backend_of(run).stacks() if stack.resources and stack.name != run.stack]


def notes(run: Run, resources: Sequence[Entry]) -> list[str]:
    """What stays in the local clouds when ``resources`` go, and so keeps them running, as sentences."""
    if not run.sandbox or not services_run(run):
        return []
    if others := other_stacks(run):
        return [f"the local clouds go on, for {', '.join(others)}"]
    state_folder = run.project.state_folder
    try:
        lines = composition.audit(state_folder)
    except Exception:  # a service that has ended is started for the destroy, which looks again
        return []
    ids = [*_names(resources), *orphans.made_by_project(state_folder, run.project.name)]
    if not (remaining := foreign(lines, ids)):
        return []
    return [
        f"the local clouds go on with what no stack of this project made: {some(remaining, NAMED)}",
    ]


def foreign(lines: Sequence[str], ids: Sequence[str]) -> list[str]:
    """The lines of an audit that name none of ``ids``, while the stack that has these is still there.

    Clouds write a name in many ways, with a region or a folder before it: it counts wherever it stands in a line.
    """
    marks = {mark for id in ids for mark in _marks(id)}
    return [
        line
        for line in lines
        if not line.startswith(PARTS) and not written_path(line) and not any(mark in line for mark in marks)
    ]


def _names(resources: Sequence[Entry]) -> Iterator[str]:
    for entry in resources:
        if entry.get("custom"):
            outputs = entry.get("outputs") or {}
            yield from (str(name) for name in (entry.get("id"), outputs.get("name")) if isinstance(name, str))


def _marks(id: str) -> Iterator[str]:
    """An id, and its last part, where they are no plain word as ``default``."""
    for text in (id, re.split(r"[/:]", id.rstrip("/"))[-1]):
        if len(text) >= SHORTEST and not text.isalpha():
            yield text
