"""Which Dockerfile an app is built by, and the folder that it copies from.

the one in the folder -> the one that a compose file names -> one for production -> the only one below for this folder
"""

import fnmatch
import posixpath
import re
from collections.abc import Callable
from dataclasses import dataclass

import yaml

from slipway.bundle.dockerfiles import last_stage, reads_of
from slipway.bundle.known_bases import known_base
from slipway.recognise import compose

NAME = "Dockerfile"
DEPTH = 2
"""How many folders down one may lie: ``deploy/docker/Dockerfile``."""
OTHER_NAME = re.compile(r"dockerfile(?:[.-][\w.-]+)?|[\w.-]+[.-]dockerfile", re.IGNORECASE)
"""What a Dockerfile may be called too."""
FOR_PRODUCTION = re.compile(r"prod|deploy|release|default", re.IGNORECASE)
Read = Callable[[str], str | None]


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where an app's Dockerfile lies."""

    dockerfile: str = ""
    """Its path in the folder; "" where there is none, or several of which none is the usual one."""
    target: str = ""
    """The stage that a compose file has built of it; "" for the last."""
    below: str = ""
    """The folder below that a compose file builds, where the app is that folder."""


def place_of(read: Read, files: frozenset[str]) -> Place:
    """The Dockerfile of a folder with these files."""
    service, from_file = _service(read, files)
    if service is not None and service.context == ".":
        path = service.dockerfile or NAME
        if path in files:
            target = service.target if path != NAME or _has_stage(read(path) or "", service.target) else ""
            return Place(dockerfile=path, target=target)
    usual = next((name for name in (NAME, NAME.lower()) if name in files), "")
    if usual:
        return Place(dockerfile=usual)
    if service is not None and service.context != "." and _builds(service, from_file, files):
        return Place(below=posixpath.normpath(posixpath.join(posixpath.dirname(from_file), service.context)))
    # Folders with a dot are for tools: .devcontainer has the image that its authors write code in.
    shallow = (path for path in files if path.count("/") <= DEPTH and not path.startswith("."))
    names = sorted(path for path in shallow if OTHER_NAME.fullmatch(posixpath.basename(path)))
    of_python = [path for path in names if _python(read(path))]
    production = [path for path in of_python if FOR_PRODUCTION.search(path) and posixpath.basename(path) != NAME]
    fitting = [path for path in names if _is_for(read(path) or "", posixpath.dirname(path), files)]
    at_top = [path for path in fitting if "/" not in path]
    for paths in (at_top, fitting, [path for path in fitting if path in production]):
        if len(paths) == 1:
            return Place(dockerfile=paths[0])
    return _of_its_own_folder(of_python, read, files)


def _of_its_own_folder(paths: list[str], read: Read, files: frozenset[str]) -> Place:
    """The only Dockerfile of Python: for the folder it lies in, where that has code, else for the whole."""
    if len(paths) != 1:
        return Place()
    folder = posixpath.dirname(paths[0])
    named = _named_in(read(paths[0]) or "")
    has_code = any(path.startswith(f"{folder}/") and path.endswith(".py") for path in files)
    if posixpath.basename(paths[0]) == NAME and has_code and all(_is_in(f"{folder}/{one}", files) for one in named):
        return Place(below=folder)
    return Place(dockerfile=paths[0]) if not has_code and not named else Place()


def _service(read: Read, files: frozenset[str]) -> tuple[compose.Service | None, str]:
    """The service that the app is in a compose file, whose Dockerfile is Python's; and the file."""
    for name in compose.FILES:
        if name not in files:
            continue
        try:
            service = compose.app_service(read(name) or "")
        except yaml.YAMLError:
            continue
        if service is not None:
            return service, name
    return None, ""


def _builds(service: compose.Service, from_file: str, files: frozenset[str]) -> bool:
    folder = posixpath.normpath(posixpath.join(posixpath.dirname(from_file), service.context))
    path = posixpath.normpath(posixpath.join(folder, service.dockerfile or NAME))
    return not folder.startswith("..") and path.startswith(f"{folder}/") and path in files


def _has_stage(text: str, stage: str) -> bool:
    named = re.compile(rf"^\s*FROM\s.*\sAS\s+{re.escape(stage)}\s*$", re.MULTILINE | re.IGNORECASE)
    return not stage or bool(named.search(text))


def _python(text: str | None) -> bool:
    base = known_base(last_stage(text or "").image)
    return bool(text) and base is not None and base.has_python


def _is_for(text: str, folder: str, files: frozenset[str]) -> bool:
    """Whether a Dockerfile of Python copies files of the app's folder by name, and so is not for its own folder."""
    if not _python(text):
        return False
    named = _named_in(text)
    if not folder:
        return all(_is_in(pattern, files) for pattern in named)
    return (
        bool(named)
        and all(_is_in(pattern, files) for pattern in named)
        and not all(_is_in(f"{folder}/{pattern}", files) for pattern in named)
    )


def _named_in(text: str) -> list[str]:
    """The files and folders that a Dockerfile copies by name."""
    patterns = (posixpath.normpath(one.pattern or ".").lstrip("/") for one in reads_of(text) if one.built)
    return [pattern for pattern in patterns if pattern != "."]


def _is_in(pattern: str, files: frozenset[str]) -> bool:
    return any(path == pattern or path.startswith(f"{pattern}/") or fnmatch.fnmatch(path, pattern) for path in files)
