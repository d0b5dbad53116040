"""An app in which nothing changed: its artifact is known by what ``stat`` says, and every change is noticed."""

import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from slipway.bundle import Artifact, Cache, app_engine_zip, stat_cache
from slipway.bundle.kinds import app_engine_zip as kind

FILES = {
    "main.py": "app = 1\n",
    "data/one.txt": "1",
    "data/deep/two.txt": "2",
    ".env": "TOKEN=1\n",
    ".slipwayignore": "*.log\n",
    "late.log": "x",
}


@pytest.fixture
def source(folder) -> Path:
    """An app with folders, a link, an ignore file and things that stay out; at rest."""
    root = folder(FILES)
    (root / "link.txt").symlink_to("data/one.txt")
    time.sleep(0.15)
    return root


def noted(source: Path, cache: Cache) -> bool:
    asked = f'{kind.KIND.name} {{"configuration": null}}'
    return stat_cache.look_up(str(cache.root), str(source), asked) is not None


def test_the_answer_is_the_same_artifact(source: Path, cache: Cache):
    """Every field of it: what is in it, what was left out, its file's digest."""
    first = app_engine_zip(source, cache=cache)
    assert noted(source, cache)
    again = app_engine_zip(source, cache=cache)
    assert again == first
    assert {one.path for one in again.left_out} == {".env", ".slipwayignore", "late.log"}


def test_nothing_is_read_for_it(source: Path, cache: Cache, monkeypatch: pytest.MonkeyPatch):
    """Neither is the folder looked through: a walk that fails would show."""
    first = app_engine_zip(source, cache=cache)
    monkeypatch.setattr("slipway.bundle.build.look_through", None)
    assert app_engine_zip(source, cache=cache) == first


CHANGES: dict[str, Callable[[Path], object]] = {
    "an edit": lambda root: (root / "data/deep/two.txt").write_text("3"),
    "an edit that keeps size and time": lambda root: _sly(root / "main.py"),
    "a new file": lambda root: (root / "data/deep/three.txt").write_text("3"),
    "a file less": lambda root: (root / "data/one.txt").unlink(),
    "a file renamed": lambda root: (root / "data/one.txt").rename(root / "data/uno.txt"),
    "a new folder": lambda root: (root / "more").mkdir(),
    "a folder in the place of a file": lambda root: ((root / "main.py").unlink(), (root / "main.py").mkdir()),
    "a folder exchanged for a copy": lambda root: _exchanged(root / "data"),
    "a folder exchanged for a link": lambda root: _linked(root / "data"),
    "another link": lambda root: ((root / "link.txt").unlink(), (root / "link.txt").symlink_to("main.py")),
    "another rule": lambda root: (root / ".slipwayignore").write_text("*.txt\n"),
    "a virtual environment": lambda root: (root / "data/pyvenv.cfg").write_text(""),
    "setuid": lambda root: (root / "main.py").chmod(0o4755),
    "a hard link": lambda root: (root.parent / "elsewhere").hardlink_to(root / "main.py"),
}


def _sly(file: Path) -> None:
    status = file.stat()
    file.write_text("app = 2\n")
    os.utime(file, ns=(status.st_atime_ns, status.st_mtime_ns))


def _exchanged(folder: Path) -> None:
    shutil.copytree(folder, folder.parent.parent / "copy")
    shutil.rmtree(folder)
    (folder.parent.parent / "copy").rename(folder)


def _linked(folder: Path) -> None:
    outside = folder.parent.parent / "outside"
    folder.rename(outside)
    folder.symlink_to(outside)


@pytest.mark.parametrize("change", CHANGES)
def test_every_change_is_noticed(source: Path, cache: Cache, change: str):
    """Whatever the walk would see, or refuse, asks for a new walk."""
    app_engine_zip(source, cache=cache)
    assert noted(source, cache)
    CHANGES[change](source)
    assert not noted(source, cache)


def test_what_was_not_at_rest_is_not_noted(folder, cache: Cache):
    """A file or folder written a moment ago could change within the same tick of the clock."""
    source = folder({"main.py": "app = 1\n"})
    app_engine_zip(source, cache=cache)
    assert not noted(source, cache)
    time.sleep(0.15)
    app_engine_zip(source, cache=cache)
    assert noted(source, cache)
    (source / "more").mkdir()
    app_engine_zip(source, cache=cache)
    assert not noted(source, cache)


def test_a_damaged_artifact_or_note_of_it_is_noticed(source: Path, cache: Cache):
    """The answer stands on two files of the cache, which have to be as they were."""
    first = app_engine_zip(source, cache=cache)
    whole = first.path.read_bytes()
    for file in (first.path, cache.root / "artifacts" / f"{first.digest}.json"):
        file.write_bytes(file.read_bytes()[:-4])
        assert not noted(source, cache)
        again = app_engine_zip(source, cache=cache)
        assert again.manifest == first.manifest
        assert again.path.read_bytes() == whole


@pytest.mark.parametrize("garbage", ["", "3", "3\n\n\n", "x\ny\nend", "\0" * 40, "0\nend"])
def test_a_damaged_note_is_no_answer(source: Path, cache: Cache, garbage: str):
    """It is written again."""
    first = app_engine_zip(source, cache=cache)
    for note in (cache.root / "stat").iterdir():
        note.write_text(garbage)
    assert app_engine_zip(source, cache=cache) == first
    assert noted(source, cache)


def test_other_options_are_another_question(source: Path, cache: Cache):
    """The same folder with another configuration makes another artifact, each time."""

    def made(configuration: dict[str, object] | None) -> Artifact:
        return app_engine_zip(source, configuration=configuration, cache=cache)

    one, two = made({"instance_class": "F1"}), made({"instance_class": "F2"})
    assert one.digest != two.digest
    assert made({"instance_class": "F1"}) == one
    assert made({"instance_class": "F2"}) == two


def test_other_rules_are_another_question(source: Path, cache: Cache, monkeypatch: pytest.MonkeyPatch):
    """A note made by other code of ours is none."""
    app_engine_zip(source, cache=cache)
    monkeypatch.setattr(stat_cache, "_code", lambda: "another")
    assert not noted(source, cache)
