"""Which Dockerfile an app is built by: the one in its folder, else the only one below that is for this folder."""

import fnmatch
import posixpath
from collections.abc import Callable

from slipway.bundle.dockerfiles import last_stage, reads_of
from slipway.bundle.known_bases import known_base

NAME = "Dockerfile"
DEPTH = 2
"""How many folders down one may lie: ``deploy/docker/Dockerfile``."""


def dockerfile_of(read: Callable[[str], str | None], files: frozenset[str]) -> str:
    """Its path in the folder; "" where there is none, or several of which none is the usual one."""
    if NAME in files:
        return NAME
    names = (path for path in files if posixpath.basename(path) == NAME and path.count("/") <= DEPTH)
    fitting = [path for path in sorted(names) if _is_for(read(path) or "", posixpath.dirname(path), files)]
    return fitting[0] if len(fitting) == 1 else ""


def _is_for(text: str, folder: str, files: frozenset[str]) -> bool:
    """Whether a Dockerfile of Python copies files of the app's folder by name, and so is not for its own folder."""
    if known_base(last_stage(text).image) is None:
        return False
    patterns = [posixpath.normpath(one.pattern or ".").lstrip("/") for one in reads_of(text) if one.built]
    named = [pattern for pattern in patterns if pattern != "."]
    return (
        bool(named)
        and all(_is_in(pattern, files) for pattern in named)
        and not all(_is_in(f"{folder}/{pattern}", files) for pattern in named)
    )


def _is_in(pattern: str, files: frozenset[str]) -> bool:
    return any(path == pattern or path.startswith(f"{pattern}/") or fnmatch.fnmatch(path, pattern) for path in files)
