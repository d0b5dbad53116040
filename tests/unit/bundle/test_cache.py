"""The cache: shared by processes, whole or not there, bounded, quick to answer and never wrong."""

import json
import os
import time
from pathlib import Path

import pytest

from slipway.bundle import BundleError, Cache, app_engine_zip
from slipway.bundle.cache import SPARED_S, companion
from slipway.bundle.index import contents_of
from slipway.bundle.tree import look_through


def test_an_unchanged_app_is_not_read_again(folder, cache: Cache):
    """Its digests are remembered by what stat says: a file that cannot be read any more is no obstacle."""
    source = folder({"main.py": "app = 1\n"})
    time.sleep(0.15)  # at rest when it is read
    before = app_engine_zip(source, cache=cache)
    remembered = {path: path.stat().st_mtime_ns for path in (cache.root / "index").iterdir()}
    assert app_engine_zip(source, cache=cache) == before
    assert {path: path.stat().st_mtime_ns for path in (cache.root / "index").iterdir()} == remembered


@pytest.mark.parametrize("rest", [0.0, 0.15])
def test_an_edit_of_the_same_size_and_time_is_seen(folder, cache: Cache, rest: float):
    """``touch -r`` and some editors keep size and time: the change time, and a moment's rest, tell."""
    source = folder({"main.py": "app = 1\n"})
    time.sleep(rest)
    status = (source / "main.py").stat()
    before = app_engine_zip(source, cache=cache)
    (source / "main.py").write_text("app = 2\n")
    os.utime(source / "main.py", ns=(status.st_atime_ns, status.st_mtime_ns))
    assert app_engine_zip(source, cache=cache).digest != before.digest


def test_edits_in_quick_succession_are_all_seen(folder, cache: Cache):
    """Each within the same tick of the clock as the reading before it."""
    source = folder({"main.py": "app = 0\n"})
    seen = set()
    for i in range(40):
        with (source / "main.py").open("r+") as file:
            file.write(f"app = {i % 10}\n")
        seen.add((i % 10, app_engine_zip(source, cache=cache).digest))
    assert len(seen) == 10


def test_a_damaged_artifact_is_made_again(folder, cache: Cache):
    """Cut short or overwritten with the same size: it is not handed out."""
    source = folder({"main.py": "app = 1\n" * 50})
    artifact = app_engine_zip(source, cache=cache)
    whole = artifact.path.read_bytes()
    for damaged in (whole[:-10], whole.replace(b"main.py", b"evil.py")):
        artifact.path.write_bytes(damaged)
        assert app_engine_zip(source, cache=cache).path.read_bytes() == whole
    companion(artifact.path).write_text("{")
    assert app_engine_zip(source, cache=cache).path.read_bytes() == whole


def test_a_damaged_note_is_as_good_as_none(folder, cache: Cache):
    """Whatever stands in the cache's notes, the answer is an artifact or a reason, never a traceback."""
    source = folder({"main.py": "app = 1\n"})
    artifact = app_engine_zip(source, cache=cache)
    whole = artifact.path.read_bytes()
    for garbage in ("", "{", "[]", '{"main.py": 3}', '{"digest": 3}', '{"digest": "../../x"}', "null"):
        for note in (
            *(cache.root / "keys").iterdir(),
            *(cache.root / "latest").iterdir(),
            *(cache.root / "index").iterdir(),
        ):
            note.write_text(garbage)
        companion(artifact.path).write_text(garbage)
        assert app_engine_zip(source, cache=cache).path.read_bytes() == whole


def test_the_cache_is_bounded(folder, tmp_path: Path):
    """What was used longest ago goes first; what was used a moment ago stays, and so do the manifests."""
    cache = Cache(tmp_path / "cache", limit=60_000)
    made = [app_engine_zip(folder({"main.py": os.urandom(20_000)}, f"a{i}"), cache=cache) for i in range(5)]
    assert all(one.path.exists() for one in made), "an upload may be reading any of them"
    for age, one in enumerate(reversed(made)):
        long_ago = time.time() - SPARED_S * (age + 2)
        os.utime(companion(one.path), (long_ago, long_ago))
    app_engine_zip(tmp_path / "a0", cache=cache)  # used again: now the newest
    app_engine_zip(folder({"main.py": os.urandom(10_000)}, "new"), cache=cache)
    assert [one.path.exists() for one in made] == [True, False, False, False, True]
    assert len(list((cache.root / "artifacts").glob("*.json"))) == 6
    assert app_engine_zip(tmp_path / "a1", cache=cache).digest == made[1].digest


@pytest.mark.parametrize("name", ["home", "project", "user"])
def test_where_the_cache_lies(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """``SLIPWAY_HOME`` decides, else the project around the app, else the user's own cache."""
    source = tmp_path / "project/app_src/app"
    source.mkdir(parents=True)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "user"))
    monkeypatch.delenv("SLIPWAY_HOME", raising=False)
    if name == "home":
        monkeypatch.setenv("SLIPWAY_HOME", str(tmp_path / "home"))
    if name != "user":
        (tmp_path / "project/Pulumi.yaml").write_text("name: x\n")
    places = {"home": "home/cache/bundle", "project": "project/.slipway/cache/bundle", "user": "user/slipway/bundle"}
    assert Cache.around(source).root == tmp_path / places[name]


def test_a_place_that_cannot_be_written_is_said(folder, tmp_path: Path):
    """The message names the app, the place and what to set; no traceback for a full disk."""
    (tmp_path / "file").write_text("")
    with pytest.raises(BundleError, match=r"app cannot be made in .*file/cache: Not a directory.*SLIPWAY_HOME"):
        app_engine_zip(folder({"main.py": ""}), cache=Cache(tmp_path / "file/cache"))


def test_a_running_builds_folder_is_not_swept(cache: Cache):
    """Only what nobody holds any more is a killed build's."""
    with cache.workplace() as running:
        (running / "pack").write_text("half")
        with cache.workplace() as another:
            assert (running / "pack").read_text() == "half"
            assert another != running
    assert list((cache.root / "tmp").iterdir()) == []


def test_what_was_not_at_rest_is_not_remembered(folder, tmp_path: Path):
    """A file could change again within the tick of the clock in which it was read: it is read again next time."""
    source, note = folder({"main.py": "app = 1\n"}), tmp_path / "index.json"
    contents_of(look_through(source), note)
    assert json.loads(note.read_text()) == {}
    time.sleep(0.15)
    contents_of(look_through(source), note)
    assert set(json.loads(note.read_text())) == {"main.py"}
