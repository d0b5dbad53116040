"""The apps' Dockerfiles, held by hadolint and by rules of our own."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.demo_apps import FOLDERS

DOCKERFILES = sorted(path for folder in FOLDERS if (path := folder / "Dockerfile").is_file())
HADOLINT = Path(sys.executable).parent / "hadolint"

every_dockerfile = pytest.mark.parametrize("path", DOCKERFILES, ids=lambda path: path.parent.name)


def test_there_are_dockerfiles():
    """The rules below hold something."""
    assert {"dockerize", "hello_container"} <= {path.parent.name for path in DOCKERFILES}


@every_dockerfile
def test_hadolint_finds_nothing(path: Path):
    """No style that the linter knows to bite."""
    if not HADOLINT.exists():
        pytest.skip("hadolint is not installed: make test sets it up")
    done = subprocess.run([HADOLINT, "--no-color", path], capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stdout) == (0, "")


@every_dockerfile
def test_the_base_is_an_argument_with_a_version(path: Path):
    """A stack can pin the base by digest, and nobody gets `latest` by saying nothing."""
    found = re.search(r"^ARG BASE=python:\d+\.\d+\.\d+-slim-\w+$", path.read_text(), re.MULTILINE)
    assert found, f"{path} has no versioned slim base as the argument BASE"
    assert {line.split()[1] for line in path.read_text().splitlines() if line.startswith("FROM ")} == {"${BASE}"}


@every_dockerfile
def test_runs_as_nobody_by_number(path: Path):
    """A number needs no entry in /etc/passwd, and whoever runs the image can see that it is not root."""
    assert re.search(r"^USER [1-9]\d{3,}:[1-9]\d{3,}$", path.read_text(), re.MULTILINE)


@every_dockerfile
def test_says_how_its_health_is_asked(path: Path):
    """By Python, which is there, and not by a program that a slim base lacks."""
    check = re.search(r"^HEALTHCHECK .*\\\n\s+CMD \[\"python3\", ", path.read_text(), re.MULTILINE)
    assert check, f"{path} has no HEALTHCHECK that asks with Python"


@every_dockerfile
def test_dependencies_are_a_layer_before_the_app(path: Path):
    """An edited line copies files and installs nothing."""
    text = path.read_text()
    steps = ["COPY requirements.txt package[s]", "python3 -m pip install", "COPY --from=packages", "COPY main.py"]
    assert sorted(steps, key=text.index) == steps
