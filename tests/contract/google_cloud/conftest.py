"""A Google Cloud for each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.google_service import Served, served


@pytest.fixture
def google(tmp_path: Path) -> Iterator[Served]:
    """The server, with an empty store."""
    with served(tmp_path) as server:
        yield server
