"""Beam's Prism for tests: where it lies, and a network for it alone."""

import shutil
import subprocess
from functools import cache
from pathlib import Path

import pytest

from slipway.errors import UserError
from slipway.sandbox.dataflow import beam, prism

ROOT = Path(__file__).parents[1]


def beam_python() -> Path:
    """The interpreter of Beam's own environment; skips the test where there is none."""
    if (interpreter := beam.python()) is None:
        pytest.skip("there is no environment for Apache Beam: `make beam` makes it")
    return interpreter


@cache
def location() -> Path:
    """Prism, built where it is not yet; skips the test where there is neither Prism nor Go, or Go cannot build it."""
    try:
        return prism.make(ROOT)
    except UserError as error:
        pytest.skip(f"Prism cannot be had here: {error}")


def by_itself(*words: object) -> list[str]:
    """A command in a network of its own; skips the test where Linux lets us make none.

    Prism listens on every address of the machine, and so does the process that runs a pipeline's Python for it.
    """
    if not _has_own_networks():
        pytest.skip("Prism listens on every address, and this machine makes no network of its own (unshare, ip)")
    return ["unshare", "--map-root-user", "--net", "sh", "-c", 'ip link set lo up && exec "$@"', "sh", *map(str, words)]


@cache
def _has_own_networks() -> bool:
    if not shutil.which("unshare") or not shutil.which("ip"):
        return False
    words = ["unshare", "--map-root-user", "--net", "ip", "link", "set", "lo", "up"]
    return subprocess.run(words, capture_output=True, check=False).returncode == 0
