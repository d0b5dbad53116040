"""Answers in the place of clouds: nothing that depends on the machine is in them."""

from pathlib import Path

import pytest

from slipway.review.offline import placeless


@pytest.mark.parametrize("stands", ["{folder}/cache/x/Dockerfile", "home/cache/x/Dockerfile"])
def test_a_path_into_the_state_folder_is_the_same_in_every_revision(
    stands: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """Whether the revision stands beside the state folder, and has a relative path, or elsewhere."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SLIPWAY_HOME", str(tmp_path / "home"))
    inputs = {"build": {"dockerfile": stands.format(folder=tmp_path / "home"), "context": "app"}}
    assert placeless(inputs) == {"build": {"dockerfile": ".slipway/cache/x/Dockerfile", "context": "app"}}
