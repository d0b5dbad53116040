"""Tests against the machine's Docker engine: skipped where none answers, unless the run says that one has to."""

import os
import shutil
from typing import NoReturn

import pytest

from slipway.sandbox.docker import engine, store

NEEDED = "SLIPWAY_NEEDS_DOCKER"
"""Set by CI where it has made the machine ready: a test that finds no engine fails."""


def engine_or_skip() -> str:
    """The address of the engine."""
    where = engine.find()
    if where is None:
        lacking(f"no Docker engine answers at {engine.address()}")
    if shutil.which(store.BINARY) is None:
        lacking(f"there is no {store.BINARY}")
    return where


def lacking(what: str) -> NoReturn:
    """Skip the test, or fail it where nothing may lack."""
    said = f"{what}: `make docker` makes a Debian machine ready"
    pytest.fail(said) if os.environ.get(NEEDED) else pytest.skip(said)
