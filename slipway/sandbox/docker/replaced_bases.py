"""The bases of a Dockerfile that this machine cannot have, replaced by the sandbox's own base, of Debian with Python.

The Dockerfile itself stays as it is: the builder reads a copy in which those FROM lines name another image, since
neither Debian's BuildKit nor the old builder knows BuildKit's named contexts.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from slipway.bundle.dockerfiles import bases_of

PYTHON = re.compile(r"(?:^|[/:-])python(?=[:@-]|\d|$)")
"""A name of an image that brings Python: ``python:3.12-slim``, ``tiangolo/uvicorn-gunicorn-fastapi:python3.9``."""

DEBIAN = re.compile(r"^(?:docker\.io/)?(?:library/)?(?:debian|ubuntu|buildpack-deps)(?=[:@]|$)")
"""A name of an image that brings apt, which the own base has too."""
UV = re.compile(r"(?:^|/)astral-sh/uv(?=[:@]|$)")
"""A name of an image that brings uv: https://docs.astral.sh/uv/guides/integration/docker/."""
COPY_UV = re.compile(r"^(\s*COPY\s+(?:--\S+\s+)*?--from=)(\S*astral-sh/uv\S*)", re.IGNORECASE)
STAGE_OF_UV = "slipway-uv"
INSTALL_UV = "RUN python3 -m pip install --no-cache-dir uv"
FROM = re.compile(r"\s*FROM\s", re.IGNORECASE)
SYNTAX = re.compile(r"#\s*syntax\s*=\s*(\S+)", re.IGNORECASE)
"""A parser directive: an image that reads the Dockerfile. https://docs.docker.com/reference/dockerfile/#syntax."""


@dataclass(frozen=True)
class Replaced:
    """The Dockerfile to build by, and the bases that are not what it names."""

    text: str
    bases: tuple[str, ...]


def replaced(
    dockerfile: str, args: Mapping[str, str], *, target: str, available: Callable[[str], bool], own: Callable[[], str]
) -> Replaced:
    """``dockerfile`` with the base ``own`` says for each Python base that is not ``available``.

    Of a build of the stage ``target`` the stages after it are left out: an old frontend need not understand them.
    """
    dockerfile = until_stage(dockerfile, target) if target else dockerfile
    lines = dockerfile.splitlines(keepends=True)
    syntax = SYNTAX.match(lines[0]) if lines else None
    if syntax and not available(syntax[1]):
        # The builder's own frontend understands what it can; the lines keep their numbers.
        lines[0] = "#\n"
    names: list[str] = []
    for base in bases_of(dockerfile, args):
        uv = bool(UV.search(base.image))
        if not (uv or PYTHON.search(base.image) or DEBIAN.search(base.image)) or available(base.image):
            continue
        names.append(base.image)
        # The platform goes with it: the own base is this machine's.
        lines[base.line] = f"FROM {own()}{f' AS {base.stage}' if base.stage else ''}\n"
        lines[base.line] += f"{INSTALL_UV}\n" if uv else ""
    names += _with_uv(lines, available, own)
    return Replaced("".join(lines), tuple(dict.fromkeys(names)))


def _with_uv(lines: list[str], available: Callable[[str], bool], own: Callable[[], str]) -> list[str]:
    """Take uv from a stage of its own where its image cannot be had; the images that are not used."""
    names: list[str] = []
    for number, line in enumerate(lines):
        match = COPY_UV.match(line)
        if match and not available(match[2]):
            names.append(match[2])
            lines[number] = f"{match[1]}{STAGE_OF_UV}{line[match.end() :]}"
    if names:
        first = next(number for number, line in enumerate(lines) if FROM.match(line))
        files = "cp /usr/local/bin/uv /usr/local/bin/uvx /"
        lines[first] = f"FROM {own()} AS {STAGE_OF_UV}\n{INSTALL_UV} && {files}\n{lines[first]}"
    return names


def until_stage(dockerfile: str, target: str) -> str:
    """The lines up to the end of the stage ``target``; all where no stage is called so."""
    lines = dockerfile.splitlines(keepends=True)
    starts = [number for number, line in enumerate(lines) if FROM.match(line)]
    for start, end in zip(starts, [*starts[1:], len(lines)], strict=True):
        if lines[start].split()[-1].lower() == target.lower():
            return "".join(lines[:end])
    return dockerfile
