"""The stage on which the engine's own scenarios are played."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conformance.stage import Stage
from tests.faults.bench import Launcher


@pytest.fixture(scope="session")
def launcher() -> Iterator[Launcher]:
    """Starts engines and providers."""
    made = Launcher("tests.conformance.quick")
    yield made
    made.close()


@pytest.fixture
def stage(launcher: Launcher, tmp_path: Path) -> Iterator[Stage]:
    """A fresh project with its provider."""
    made = Stage(launcher, tmp_path)
    yield made
    made.close()
