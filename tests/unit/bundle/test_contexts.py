"""A container context as a folder: the tar's content, with modes that no machine decides."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from slipway.bundle import Cache, container_context
from slipway.bundle.contexts import KEPT, is_unpacked, unpacked


@pytest.fixture
def narrow() -> Iterator[None]:
    """A user whose new files nobody else may read."""
    before = os.umask(0o077)
    yield
    os.umask(before)


def app(folder: Path, text: str = "one"):
    """The context of an app with a program and a script that may be run."""
    source = folder / "app"
    (source / "pages").mkdir(parents=True, exist_ok=True)
    (source / "Dockerfile").write_text("FROM scratch\nCOPY main.py run.sh pages ./\n")
    (source / "main.py").write_text(text)
    (source / "pages" / "index.html").write_text("<p>")
    (source / "run.sh").write_text("#!/bin/sh\n")
    (source / "run.sh").chmod(0o755)
    return container_context(source, cache=Cache(folder / "cache"))


def test_the_folder_holds_what_the_tar_does(tmp_path):
    """Named by the digest, so that another content is another folder."""
    context = app(tmp_path)
    folder = unpacked(context)
    found = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert found == set(context.manifest)
    assert folder.name == context.digest
    assert unpacked(app(tmp_path, "two")) != folder


def test_modes_are_the_contexts_and_not_the_users(tmp_path, narrow):
    """Builders hash modes: a mask of one's own would make an image of one's own."""
    folder = unpacked(app(tmp_path))
    modes = {path.relative_to(folder).as_posix(): path.stat().st_mode & 0o777 for path in folder.rglob("*")}
    assert modes == {
        "Dockerfile": 0o644,
        "main.py": 0o644,
        "run.sh": 0o755,
        "pages": 0o755,
        "pages/index.html": 0o644,
    }
    assert folder.stat().st_mode & 0o777 == 0o755


def test_a_files_time_tells_its_content(tmp_path):
    """Within the first second of 1970, so that no image shows it; the same content has the same time, wherever."""
    first, second = unpacked(app(tmp_path, "one")), unpacked(app(tmp_path, "two"))
    times = [{path.name: path.stat().st_mtime_ns for path in made.iterdir()} for made in (first, second)]
    assert times[0]["main.py"] != times[1]["main.py"]
    assert times[0]["run.sh"] == times[1]["run.sh"]
    assert {moment // 10**9 for made in times for name, moment in made.items() if name != "pages"} == {0}
    assert is_unpacked(first)
    os.utime(first / "Dockerfile", (0, 0))
    assert not is_unpacked(first)


def test_a_folder_that_is_there_is_not_made_again(tmp_path):
    """An unchanged run writes nothing."""
    folder = unpacked(app(tmp_path))
    (folder / "mark").touch()
    assert (unpacked(app(tmp_path)) / "mark").exists()


def test_a_killed_runs_draft_is_no_context(tmp_path):
    """It lies beside, under no digest's name, and goes with the oldest."""
    context = app(tmp_path)
    draft = context.path.parent.parent / "contexts" / ".draft-killed"
    draft.mkdir(parents=True)
    assert unpacked(context).name == context.digest
    for number in range(KEPT + 2):
        unpacked(app(tmp_path, f"edit {number}"))
    assert not draft.exists()
    assert len(list(draft.parent.iterdir())) == KEPT
