"""Tests against the machine's Docker daemon: skipped where none answers, unless the run says that one has to."""

import os
import shutil
from typing import NoReturn

import pytest

from slipway.sandbox.docker import daemon, store

NEEDED = "SLIPWAY_NEEDS_DOCKER"
"""Set by CI where it has made the machine ready: a test that finds no daemon fails."""


def daemon_or_skip() -> str:
    """The address of the daemon."""
    where = daemon.find()
    if where is None:
        lacking(f"no Docker daemon answers at {daemon.address()}")
    if shutil.which(store.BINARY) is None:
        lacking(f"there is no {store.BINARY}")
    return where


def lacking(what: str) -> NoReturn:
    """Skip the test, or fail it where nothing may lack."""
    said = f"{what}: `make docker` makes a Debian machine ready"
    pytest.fail(said) if os.environ.get(NEEDED) else pytest.skip(said)
