"""A project whose folder is moved or copied while its sandbox runs."""

import shutil
from pathlib import Path

import pytest

from tests.demo.clones import Clone

pytestmark = [pytest.mark.slow, pytest.mark.services]


def test_a_moved_and_a_copied_project_start_local_clouds_of_their_own(tmp_path: Path):
    """Also with a path that is no ASCII; the copy leaves the original's alone, and nothing is left of either."""
    clone = Clone(tmp_path / "here", "embedded")
    clone.keep_only("hello-function", "time-service")
    clone.verb("up")
    clone.folder = clone.folder.rename(tmp_path / "thère")
    assert f"the project was moved here from {tmp_path / 'here'}" in " ".join(clone.verb("up").split())
    assert clone.page("hello-function", "/?key1=a&key2=b&key3=c") == '{"key1": "a"}'
    assert "Welcome" in clone.page("time-service")

    copy = Clone(tmp_path / "copy", "embedded")
    shutil.rmtree(copy.folder)
    shutil.copytree(clone.folder, copy.folder, symlinks=True, ignore=shutil.ignore_patterns("*.sock", "*.ctl"))
    assert "the project was copied here" in " ".join(copy.verb("up").split())
    assert "nothing is left" in copy.verb("destroy", "--yes")
    assert clone.page("hello-function", "/?key1=a&key2=b&key3=c") == '{"key1": "a"}'
    assert "nothing is left" in clone.verb("destroy", "--yes")
    assert clone.processes() == []
