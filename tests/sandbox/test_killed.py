"""Killed at each file that it makes, renames or removes, a command leaves nothing that the next one takes for whole."""

import io
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from slipway.sandbox.running.requirements import environment
from slipway.sandbox.running.unpack import unpack
from slipway.sandbox.services import files

KILLED = """
import os, sys
left = int(sys.argv[1])
CHANGES = {"os.rename", "os.remove", "os.mkdir", "os.rmdir", "shutil.rmtree"}

def watch(event, arguments):
    global left
    writes = event == "open" and isinstance(arguments[2], int) and arguments[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
    if event in CHANGES or writes:
        left -= 1
        if left == 0:
            os.kill(os.getpid(), 9)

from pathlib import Path
from slipway.sandbox.running.unpack import unpack
from slipway.sandbox.services import files
data, place = Path(sys.argv[3]).read_bytes(), Path(sys.argv[4])
sys.addaudithook(watch)
if sys.argv[2] == "unpack":
    unpack(data, place)
else:
    files.remove(place)
"""


def app(text: str, count: int = 2) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as packed:
        for number in range(count):
            packed.writestr(f"package{number % 2}/module{number}.py", text)
    return buffer.getvalue()


def contents(place: Path) -> list[str]:
    """What an app's folder holds, as text; nothing where there is no folder."""
    return sorted(path.read_text() for path in place.rglob("*.py")) if place.exists() else []


def killed_at(number: int, verb: str, data: Path, place: Path) -> bool:
    """Whether the command was killed before it came to its end."""
    words = [sys.executable, "-c", KILLED, str(number), verb, str(data), str(place)]
    done = subprocess.run(words, capture_output=True, text=True)
    assert done.returncode in (0, -9), done.stderr
    return done.returncode == -9


@pytest.mark.parametrize("verb", ["unpack", "remove"])
def test_there_is_never_half_of_a_folder(tmp_path: Path, verb: str) -> None:
    """At every one of its steps: the old files, all of them, or none, or the new ones; and a sweep leaves no other."""
    data = tmp_path / "new.zip"
    data.write_bytes(app("new"))
    allowed = [["old"] * 2, [], *([["new"] * 2] if verb == "unpack" else [])]
    number, killed = 0, True
    while killed:
        number += 1
        above = tmp_path / f"{verb}{number}"
        place = above / "project" / "default" / "v1"
        unpack(app("old"), place)
        killed = killed_at(number, verb, data, place)
        assert contents(place) in allowed, number
        unpack(app("again"), place)
        assert contents(place) == ["again"] * 2
        files.sweep(above)
        assert not list(above.rglob(f"{files.REMOVED}*")), number
    assert number > 5


def test_an_environment_that_was_never_finished_is_made_anew(state_folder: Path, tmp_path: Path) -> None:
    """Half of an installation is taken for none: an installer would believe the half that is there."""
    (tmp_path / "app").mkdir()
    first = environment(state_folder, tmp_path / "app", needs_gunicorn=False)
    (first / ".complete").unlink()
    (first / "left-over").touch()
    again = environment(state_folder, tmp_path / "app", needs_gunicorn=False)
    assert again == first and not (again / "left-over").exists()
    assert subprocess.run([str(again / "bin" / "python"), "-c", "1"]).returncode == 0


def test_an_environment_that_was_moved_is_made_anew(tmp_path: Path) -> None:
    """Its programs name its Python by the full path, which after a move is that of no file, or of another project."""
    (tmp_path / "app").mkdir()
    environment(tmp_path / "here", tmp_path / "app", needs_gunicorn=True)
    (tmp_path / "here").rename(tmp_path / "there")
    moved = environment(tmp_path / "there", tmp_path / "app", needs_gunicorn=True)
    assert moved.is_relative_to(tmp_path / "there")
    assert subprocess.run([str(moved / "bin" / "gunicorn"), "--version"]).returncode == 0
