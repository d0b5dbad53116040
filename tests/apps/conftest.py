"""What the tests of apps share: a copy of the project that has none yet."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tests.demo.clones import Clone


@pytest.fixture
def clone(tmp_path: Path) -> Iterator[Clone]:
    """A copy of the project without any app."""
    made = Clone(tmp_path / "clone", "embedded")
    path = made.folder / "stacks/Pulumi.sandbox.yaml"
    document = yaml.safe_load(path.read_text())
    for setting in ("slipway:apps", "slipway:registries", "slipway:monitoring"):
        del document["config"][setting]
    path.write_text(yaml.safe_dump(document))
    yield made
    made.run("sandbox", "stop")
