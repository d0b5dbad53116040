"""Room for the state of what was done, on a disk that gets full meanwhile."""

import errno
import shutil
from collections import namedtuple
from pathlib import Path

import pytest

from slipway.sandbox.composition import reserve

Usage = namedtuple("Usage", "total used free")


def on_a_disk(monkeypatch: pytest.MonkeyPatch, free: int) -> None:
    """Have the system say that a disk has ``free`` bytes."""
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: Usage(10 * free, 9 * free, free))


def test_it_is_taken_and_given_back_with_the_end(tmp_path: Path):
    """Nothing of it is left beside the states."""
    reserve.set_aside(tmp_path)
    assert (tmp_path / "state/reserve").stat().st_blocks * 512 >= reserve.BYTES
    assert not reserve.give_back(tmp_path)
    reserve.end(tmp_path)
    assert list((tmp_path / "state").iterdir()) == []


def test_a_full_disk_gets_it_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """The engine's next write of the state has room."""
    reserve.set_aside(tmp_path)
    on_a_disk(monkeypatch, reserve.LOW - 1)
    assert reserve.give_back(tmp_path)
    assert not (tmp_path / "state/reserve").exists()
    assert not reserve.give_back(tmp_path)


def test_without_room_nothing_begins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """The error has the folder, so that the message can name it, and no half of a reserve stays."""

    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(reserve, "_allocate", full)
    with pytest.raises(OSError, match="No space left on device") as refused:
        reserve.set_aside(tmp_path)
    assert refused.value.filename == str(tmp_path)
    assert list((tmp_path / "state").iterdir()) == []
