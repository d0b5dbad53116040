"""A fresh clone for each test, taken down afterwards."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.demo.clones import ENGINES, Clone


@pytest.fixture(params=ENGINES)
def clone(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Clone]:
    """The program in a folder of its own, for each engine there is."""
    made = Clone(tmp_path / "clone", request.param)
    yield made
    made.run("sandbox", "stop")
