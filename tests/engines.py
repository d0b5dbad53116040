"""Tests against the machine's Docker engine: skipped where none answers, unless the run says that one has to."""

import os

import pytest

from slipway.sandbox.docker import engine

NEEDED = "SLIPWAY_NEEDS_DOCKER"
"""Set by CI: a test that finds no engine fails."""


def engine_or_skip() -> str:
    """The address of the engine."""
    where = engine.find()
    if where is None:
        said = f"no Docker engine answers at {engine.address()}: `make docker` starts one"
        pytest.fail(said) if os.environ.get(NEEDED) else pytest.skip(said)
    return where
