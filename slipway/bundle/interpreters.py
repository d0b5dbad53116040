"""The Pythons of this machine: the one that runs this, and those that uv, the PATH and pyenv have beside it."""

import contextlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from slipway.bundle.errors import BundleError
from slipway.bundle.platforms import LAMBDA
from slipway.bundle.uv import run_uv, visible

OWN = ".".join(map(str, sys.version_info[:2]))
"""The Python that runs this, as ``3.11``."""
PYTHONS = tuple(LAMBDA)
"""The Pythons that platforms run, the oldest first."""
QUESTION = """
import os, sys
print(os.path.realpath(getattr(sys, "_base_executable", "") or sys.executable))
print("%d.%d" % sys.version_info[:2])
"""
SECONDS = 10
"""How long an interpreter may take to say which one it is."""


@cache
def interpreter(version: str) -> str | None:
    """The executable of a Python (``3.13``) of this machine, or None. None is of a virtual environment."""
    if version == OWN:
        return own_interpreter()
    answers = (_answer_of(path) for path in _candidates(version))
    return next((path for path, its_version in answers if its_version == version), None)


def own_interpreter() -> str:
    """The executable of the Python that runs this, outside of its virtual environment."""
    return os.path.realpath(getattr(sys, "_base_executable", sys.executable))


def at_hand() -> tuple[str, ...]:
    """The Pythons of :data:`PYTHONS` that this machine has."""
    return tuple(version for version in PYTHONS if interpreter(version))


def _candidates(version: str) -> Iterator[str]:
    # A version manager may put a name on the PATH that starts nothing, as pyenv does for versions that are not chosen.
    if path := shutil.which(f"python{version}"):
        yield path
    words = ["python", "find", "--no-project", "--managed-python", version]
    with contextlib.suppress(BundleError):
        yield run_uv(words, folder=Path("/"), doing="").strip()
    versions = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv") / "versions"
    yield from (str(path) for path in sorted(versions.glob(f"{version}.*/bin/python{version}"), reverse=True))


def _answer_of(path: str) -> tuple[str, str]:
    """The executable that a path starts, and its version; "" for both where it starts none."""
    words = [path, "-I", "-S", "-c", QUESTION]
    try:
        done = subprocess.run(
            words, env=visible(os.environ), capture_output=True, text=True, timeout=SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return "", ""
    lines = done.stdout.splitlines()
    return (lines[0], lines[1]) if done.returncode == 0 and len(lines) == 2 else ("", "")
