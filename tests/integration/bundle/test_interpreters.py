"""The Pythons of a machine are found where its users have them, and what only looks like one is passed over."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from slipway.bundle.interpreters import OWN, interpreter

OTHER = "3.99"
"""A Python that no machine has."""


@pytest.fixture
def pyenv(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder of pyenv's with one version, which says that it is :data:`OTHER`; and a shim on the PATH that fails."""
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path / "pyenv"))
    monkeypatch.setenv("PATH", f"{tmp_path / 'pyenv/shims'}{os.pathsep}{os.environ['PATH']}")
    version = tmp_path / f"pyenv/versions/{OTHER}.1/bin/python{OTHER}"
    _command(version, f"echo {version}; echo {OTHER}")
    _command(tmp_path / f"pyenv/shims/python{OTHER}", "echo 'pyenv: command not found' >&2; exit 127")
    interpreter.cache_clear()
    yield version
    interpreter.cache_clear()


def test_the_python_that_runs_this_is_there():
    """Outside of its virtual environment, so that none of its packages are seen."""
    path = interpreter(OWN)
    assert path is not None
    assert Path(path).is_file()
    assert not path.startswith(sys.prefix + os.sep)


def test_a_version_of_pyenv_is_found_past_its_shim(pyenv: Path):
    """The shim of a version that is not chosen is on the PATH and starts nothing."""
    assert interpreter(OTHER) == str(pyenv)


def test_what_is_another_python_is_none(pyenv: Path):
    """What an executable says counts, not what it is called."""
    _command(pyenv, f"echo {pyenv}; echo 3.98")
    assert interpreter(OTHER) is None


def _command(path: Path, script: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
