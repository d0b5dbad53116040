"""Builds packages of earlier years with the build tools of their time, where today's refuse them.

A package that exists as source only is built by whatever setuptools is newest, unless it says another. What newer
releases took away is known by the words of the failure: the build is repeated with the last release that had it.
"""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from slipway.bundle.uv import UvError, run_uv

TOOLS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"use_2to3 is invalid"), "setuptools<58"),
    (re.compile(r"No module named '?pkg_resources"), "setuptools<81"),
    (re.compile(r"InvalidVersion"), "setuptools<66"),
    (re.compile(r"cython_sources"), "cython<3"),
)
"""A failure's words -> the build tool that had what is missing. Source: the changelogs of setuptools and Cython."""
FILE = "build-constraints.txt"


def run_uv_building(
    arguments: Sequence[str], *, folder: Path, doing: str, variables: Mapping[str, str] | None = None
) -> str:
    """Run uv as :func:`run_uv` does, and again with older build tools where a package needs those."""
    constraints: list[str] = []
    while True:
        more = ["--build-constraints", FILE] if constraints else []
        try:
            return run_uv([*arguments, *more], folder=folder, doing=doing, variables=variables)
        except UvError as mistake:
            tool = next((tool for words, tool in TOOLS if words.search(mistake.output)), "")
            if not tool or tool in constraints:
                raise
            constraints.append(tool)
            (folder / FILE).write_text("".join(f"{line}\n" for line in constraints), encoding="utf-8")
