"""A sandbox whose AWS the clients of a module work on."""

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from slipway.sandbox import composition
from slipway.sandbox.aws.clients import Aws, Endpoint

ROOT = Path(__file__).parents[3]


@dataclass(frozen=True)
class Account:
    """A sandbox's AWS, as its owner's clients come to it."""

    variables: dict[str, str]
    aws: Aws


@pytest.fixture(scope="module")
def empty_account() -> Iterator[Account]:
    """With nothing in it."""
    with tempfile.TemporaryDirectory() as above, pytest.MonkeyPatch.context() as patched:
        patched.setenv("DOCKER_HOST", "unix:///nowhere/docker.sock")
        state_folder = Path(above) / ".slipway"
        composition.ensure(state_folder, ROOT)
        variables = composition.environment(state_folder, ROOT)
        yield Account(variables, Aws(Endpoint.of(variables), "us-east-1"))
        composition.stop(state_folder)
