"""Tells an app that fails with today's packages from one that is broken itself: which package, and how to go on."""

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

from slipway.bundle.locks import LOCK, PYLOCK, normal

_ERRORS = (
    re.compile(r"ImportError: cannot import name '(?P<what>[^']+)' from '(?P<module>[\w.]+)'"),
    re.compile(r"ModuleNotFoundError: No module named '(?P<module>\w+)\.(?P<what>[\w.]+)'"),
    re.compile(r"AttributeError: module '(?P<module>[\w.]+)' has no attribute '(?P<what>[^']+)'"),
)
"""What Python raises where a package has lost a name."""


@dataclass(frozen=True, kw_only=True)
class Lost:
    """A package whose locked version lacks a name that is imported."""

    package: str
    version: str
    what: str
    """The name, and the module that had it."""

    @property
    def limits(self) -> tuple[str, ...]:
        """The versions below which to look for it: this line of releases, then this major version."""
        major, _, rest = self.version.partition(".")
        minor = rest.partition(".")[0]
        return (*([f"{major}.{minor}"] if minor.isdigit() and int(minor) else []), *([major] if major != "0" else []))


FRAME = re.compile(r'^\s*File "([^"]+)", line \d+', re.MULTILINE)
"""A line of a trace."""
OF_PYTHON = re.compile(r"^<|\.p[yx][xi]$|/lib/python3\.\d+/(?!.*packages/)")
"""A file of Python's own, which raises what its caller has done wrong, or of a compiled part of a package."""


def is_in_a_package(error: str) -> bool:
    """Whether it is a package that fails, and not the app's own code."""
    frames = [frame for frame in FRAME.findall(error) if not OF_PYTHON.search(frame)]
    return bool(frames) and "packages/" in frames[-1]


def lost_name(error: str, folder: Path) -> Lost | None:
    """The package of an app's lock that has lost a name which is imported; None where it is none of those."""
    first = error.partition("\n")[0]
    match = next((match for pattern in _ERRORS if (match := pattern.search(first))), None)
    name = normal(match["module"].partition(".")[0]) if match else ""
    version = _versions(folder).get(name, "")
    return Lost(package=name, version=version, what=f"{match['module']}.{match['what']}") if match and version else None


def newer_version(error: str, folder: Path, origin: str) -> str:
    """Which package of an app's lock has lost a name that is imported, in a sentence; "" where it is none of those.

    ``error`` starts with the app's own error; ``origin`` is the file that asks for its packages.
    """
    first = error.partition("\n")[0]
    match = next((match for pattern in _ERRORS if (match := pattern.search(first))), None)
    if match is None:
        return ""
    name = normal(match["module"].partition(".")[0])
    version = _versions(folder).get(name, "")
    if not version:
        return ""
    return (
        f"{folder.name} fails with today's {name} {version}, which has no {match['what']} in {match['module']}: write "
        f"{_bounds(name, version)} into {folder / origin}, then `slipway lock {folder} --upgrade`, and add it again"
    )


def _bounds(name: str, version: str) -> str:
    """The releases before this line of them: below its minor version, or below its major one."""
    major, _, rest = version.partition(".")
    minor = rest.partition(".")[0]
    nearest = f"`{name}<{major}.{minor}` or else " if minor.isdigit() and int(minor) else ""
    return f"{nearest}`{name}<{major}`"


def _versions(folder: Path) -> dict[str, str]:
    """Package -> version of the lock that Slipway made."""
    if (folder / PYLOCK).is_file():
        document = tomllib.loads((folder / PYLOCK).read_text(encoding="utf-8"))
        return {normal(one["name"]): str(one.get("version", "")) for one in document.get("packages", [])}
    if (folder / LOCK).is_file():
        pins = re.findall(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", (folder / LOCK).read_text(encoding="utf-8"), re.MULTILINE)
        return {normal(name): version for name, version in pins}
    return {}
