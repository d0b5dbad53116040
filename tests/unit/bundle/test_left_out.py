"""What stays out of an artifact: safe defaults, the app's own ignore file, keys wherever they stand."""

import json
from pathlib import Path

import pytest

from slipway.bundle import BundleError, Cache, static_folder
from slipway.bundle.listing import listing

CASES = sorted((Path(__file__).parents[2] / "cases/bundle/left_out").glob("*.json"))


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.stem)
def test_only_what_belongs_is_in(case: Path, folder, cache: Cache):
    """One file a case: the folder, what is in the artifact, and what was left out for which reason."""
    told = json.loads(case.read_text())
    files = told["files"] if isinstance(told["files"], dict) else dict.fromkeys(told["files"], "x")
    artifact = static_folder(folder(files), data=told.get("data", ()), cache=cache)
    assert sorted(artifact.manifest) == sorted(told["in"])
    assert {one.path: one.why for one in artifact.left_out} == told["left_out"]
    said = "\n".join(listing(artifact))
    assert all(f"  {path}: {why}" in said for path, why in told["left_out"].items())


def test_an_ignore_file_that_is_none_is_named(folder, cache: Cache):
    """A pattern that cannot be read is the user's to mend, not to be passed over."""
    with pytest.raises(BundleError, match=r"\.slipwayignore is not an ignore file"):
        static_folder(folder({"a": "x", ".slipwayignore": "!\n"}), cache=cache)


def test_what_is_left_out_changes_nothing(folder, cache: Cache):
    """A new test or cache file beside the app makes no new artifact."""
    source = folder({"index.html": "x"})
    before = static_folder(source, cache=cache)
    folder({"tests/test_a.py": "x", "__pycache__/a.pyc": "x", ".env": "x"})
    assert static_folder(source, cache=cache).path == before.path


def test_a_cache_inside_the_app_is_no_part_of_it(folder):
    """``SLIPWAY_HOME`` may point anywhere: an artifact must not hold the artifacts before it."""
    source = folder({"index.html": "x"})
    cache = Cache(source / "made/cache")
    first = static_folder(source, cache=cache)
    (source / "index.html").write_text("y")
    second = static_folder(source, cache=cache)
    assert list(first.manifest) == list(second.manifest) == ["index.html"]
    assert [(one.path, one.why) for one in second.left_out] == [("made/cache/", "the cache of artifacts")]
