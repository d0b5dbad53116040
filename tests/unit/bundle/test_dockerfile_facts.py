"""What a Dockerfile says of its bases, its user and its health, read from the text alone."""

import pytest

from slipway.bundle.dockerfiles import Base, bases_of, last_user, last_workdir, mentions, says_health, with_labels
from slipway.bundle.made_dockerfile import made_dockerfile
from slipway.sandbox.docker.replaced_bases import replaced

TWO_STAGES = """\
# syntax=docker/dockerfile:1.4
ARG PYTHON=3.12
FROM --platform=$BUILDPLATFORM python:${PYTHON}-slim AS builder
RUN pip install flask
FROM builder AS app
COPY . .
FROM builder AS tools
RUN <<END
apt-get install git
END
"""


def test_bases_are_images_and_no_stages():
    """Arguments and their defaults are filled in; the platform is no part of the name."""
    assert bases_of(TWO_STAGES, {}) == [Base(2, "python:3.12-slim", "builder")]
    assert bases_of(TWO_STAGES, {"PYTHON": "3.13"}) == [Base(2, "python:3.13-slim", "builder")]
    assert bases_of("FROM scratch\n", {}) == []


@pytest.mark.parametrize(
    ("text", "user", "health"),
    [
        ("FROM a\nUSER app\nFROM a\n", "", False),
        ("FROM a\nUSER 0\nUSER 10001:10001\nHEALTHCHECK CMD true\n", "10001:10001", True),
        ("FROM a\nHEALTHCHECK NONE\n", "", True),
    ],
)
def test_the_last_stage_says_who_runs_and_how_it_is_asked(text: str, user: str, health: bool):
    """Another stage's user is not the image's."""
    assert (last_user(text), says_health(text)) == (user, health)


def copy(text: str, *there: str, target: str = ""):
    return replaced(
        text, {}, target=target, available=lambda name: name in there, own=lambda base: f"own:{base.python}"
    )


def test_a_python_base_that_cannot_be_had_is_replaced():
    """The stage keeps its name, every other line stays, and the replaced base is told."""
    found = copy(TWO_STAGES)
    assert found.bases == ("python:3.12-slim",)
    assert found.text.splitlines()[:4] == ["#", "ARG PYTHON=3.12", "FROM own:3.12 AS builder", "RUN pip install flask"]


def test_what_can_be_had_is_built_as_it_is():
    """Nothing is replaced, not even the frontend."""
    assert copy(TWO_STAGES, "python:3.12-slim", "docker/dockerfile:1.4").text == TWO_STAGES


@pytest.mark.parametrize("image", ["nginx:alpine", "golang:1.24", "gcr.io/distroless/pythonic"])
def test_another_base_is_not_replaced(image: str):
    """It brings something else than Python, Node.js or apt."""
    assert copy(f"FROM {image}\n").bases == ()


@pytest.mark.parametrize(
    "image",
    [
        "python",
        "python:3.9-alpine",
        "docker.io/python@sha256:0",
        "tiangolo/uvicorn-gunicorn-fastapi:python3.9",
        "debian:bookworm-slim",
        "ubuntu:24.04",
        "ghcr.io/astral-sh/uv:python3.12-bookworm-slim",
    ],
)
def test_every_name_of_a_python_base_is_known(image: str):
    """By repository and by tag."""
    assert copy(f"FROM {image}\n").bases == (image,)


def test_uv_is_copied_from_a_stage_that_installs_it():
    """Where its image cannot be had."""
    changed = copy("FROM python:3.12 AS app\nCOPY --from=ghcr.io/astral-sh/uv:0.8 /uv /bin/\n")
    lines = changed.text.splitlines()
    assert lines[0] == "FROM own: AS slipway-uv"
    assert lines[2:] == ["FROM own:3.12 AS app", "COPY --from=slipway-uv /uv /bin/"]
    assert changed.bases == ("python:3.12", "ghcr.io/astral-sh/uv:0.8")


def test_stages_after_the_one_that_is_built_are_left_out():
    """An old frontend need not understand them."""
    assert copy(TWO_STAGES, target="app").text.endswith("FROM builder AS app\nCOPY . .\n")


def test_the_last_stage_says_where_an_app_works():
    """Folders follow each other, with what ARG and ENV give them; a new stage begins anew."""
    assert last_workdir("FROM a\nWORKDIR /x\nFROM b\nARG D=site\nWORKDIR /srv\nWORKDIR $D\n") == "/srv/site"
    assert last_workdir("FROM a\nWORKDIR /x\nFROM b\n") == "/"


def test_a_made_dockerfile_gives_the_data_to_the_app():
    """A volume takes over the folder's owner: without one the app could not write to it."""
    text = made_dockerfile("main:app", "wsgi", python="3.13", data=["data", "my files"])
    assert (
        "RUN mkdir -p data 'my files' && chown 10001:10001 data 'my files' && touch -d @0 . data 'my files'\n" in text
    )
    assert mentions(text, "data")
    assert not mentions(text, "dat")


@pytest.mark.parametrize(
    ("target", "end"),
    [
        (None, 'FROM a AS x\nRUN y\nFROM b AS z\nLABEL k="v \\$1"\n'),
        ("X", 'FROM a AS x\nRUN y\nLABEL k="v \\$1"\nFROM b AS z\n'),
    ],
)
def test_labels_are_at_the_end_of_the_stage_that_is_built(target: str | None, end: str):
    """So that another label is no other layer."""
    assert with_labels("FROM a AS x\nRUN y\nFROM b AS z", {"k": "v $1"}, target) == end
