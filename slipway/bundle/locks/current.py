"""Whether a lock is of what its app asks for today, or of what it asked for when somebody locked it last.

The versions are looked at, not the hashes that Poetry, PDM and Pipenv write beside them: those change with a comment's
neighbour, a development group and the tool's own version, which change nothing that is deployed.
"""

import re
from collections.abc import Callable, Collection, Iterator, Mapping

from packaging.requirements import InvalidRequirement, Requirement
from packaging.version import InvalidVersion

from slipway.bundle.locks.pins import normal
from slipway.bundle.requirement_lines import lines_of, pinned_name

VIA = re.compile(r"#\s*(?:via\s+)?-r \.?/?requirements\.in\s*$")
"""How uv and pip-tools note, below a package, that the list itself asks for it."""


def unmet(
    lines: Collection[str], versions: Mapping[str, Collection[str]], fits: Callable[[str], bool]
) -> Iterator[tuple[str, str]]:
    """Each requirement whose marker ``fits`` and that no pinned version satisfies, with what is pinned.

    ``versions`` are those of the lock, by normal name; a package that is not among them is another's to report.
    """
    for line in lines:
        try:
            requirement = Requirement(line)
        except InvalidRequirement:
            continue
        pinned = [version for version in versions.get(normal(requirement.name), ()) if version]
        if not pinned or requirement.url or not fits(str(requirement.marker or "")):
            continue
        if not any(_allowed(requirement, version) for version in pinned):
            yield str(requirement), f"{requirement.name} {', '.join(pinned)}"


def no_longer_asked_for(lock: str, names: Collection[str]) -> list[str]:
    """The packages that a ``requirements.txt`` has because of a ``requirements.in`` that names them no more."""
    known = {normal(name) for name in names}
    directly: list[str] = []
    current = ""
    for physical in lock.splitlines():
        if physical[:1] not in ("", " ", "\t", "#"):
            line = next(iter(lines_of(physical.removesuffix("\\").rstrip())), None)
            current = (line and pinned_name(line)) or ""
        if current and VIA.search(physical):
            directly.append(current)
    return [name for name in directly if normal(name) not in known]


def _allowed(requirement: Requirement, version: str) -> bool:
    try:
        return requirement.specifier.contains(version, prereleases=True)
    except InvalidVersion:
        return True
