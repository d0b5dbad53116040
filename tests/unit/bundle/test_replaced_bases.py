"""Dockerfiles as people write them, and what they are built by where their bases cannot be pulled: a data file each."""

from pathlib import Path

import pytest
import yaml

from slipway.bundle.known_bases import KnownBase, known_base, nearest_python
from slipway.sandbox.docker.replaced_bases import replaced

CASES = sorted((Path(__file__).parents[2] / "cases/dockerfiles").glob("*.yaml"))


def own(base: KnownBase) -> str:
    """An image's name that says what it has to bring."""
    return f"own:{base.system.name}-{base.python}"


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_a_dockerfile_is_built_by_a_copy(path: Path):
    """Its bases are images of this machine's own; every other line is as it was."""
    case = yaml.safe_load(path.read_text())
    result = replaced(case["dockerfile"], {}, target="", available=lambda _: False, own=own)
    assert (result.text, list(result.bases)) == (case["built_by"], case["bases"])


def test_a_full_image_gets_its_compilers_where_it_needs_them():
    """Only once: a build that fails with them has failed."""
    first = replaced("FROM python:3.12\n", {}, target="", available=lambda _: False, own=own)
    second = replaced("FROM python:3.12\n", {}, target="", available=lambda _: False, own=own, tools=True)
    assert first.full
    assert not second.full
    assert "build-essential" in second.text


@pytest.mark.parametrize(
    ("version", "nearest"), [("3.12", "3.12"), ("3.14", "3.13"), ("3.10", "3.11"), ("3.6", "3.9"), ("3.9", "3.9")]
)
def test_the_nearest_python_stands_in(version: str, nearest: str):
    """The same one, else the next newer, which runs what was written for the older, else the newest."""
    assert nearest_python(version, ["3.9", "3.11", "3.12", "3.13"]) == nearest


@pytest.mark.parametrize("image", ["python", "python:slim", "python:3-alpine", "ghcr.io/astral-sh/uv:latest"])
def test_an_image_without_a_version_has_the_latest(image: str):
    """As a registry would give it."""
    base = known_base(image)
    assert base is not None
    assert base.python == "3.14"
