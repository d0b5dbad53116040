"""What a killed command has left half written of a stack is put right before the next one reads it."""

import json
import os
import socket
from pathlib import Path

import pytest

from slipway.engine import api
from slipway.engine.checkpoint.backend import Backend
from slipway.engine.checkpoint.repair import repair

FIRST, SECOND = '{"version":3,"checkpoint":{"latest":{}}}', '{"version":3,"checkpoint":{"latest":{"metadata":{}}}}'
HALVES = {"empty": "", "a brace": "{", "half": SECOND[: len(SECOND) // 2], "all but the end": SECOND[:-1]}


@pytest.fixture
def backend(tmp_path: Path) -> Backend:
    """A stack with a checkpoint and the one before it."""
    backend = Backend(tmp_path, "shop")
    path = backend.file("dev")
    path.parent.mkdir(parents=True)
    path.write_text(SECOND)
    path.with_name("dev.json.bak").write_text(FIRST)
    return backend


@pytest.mark.parametrize("half", HALVES.values(), ids=HALVES)
def test_the_checkpoint_before_comes_back(backend: Backend, half: str):
    """Where the last one is no whole JSON; what there is of it is kept under another name, and it is said."""
    path = backend.file("dev")
    path.write_text(half)
    (line,) = api.repaired(backend, "dev")
    assert "the state of the stack 'dev' was cut off" in line
    assert path.read_text() == FIRST
    assert path.with_name("dev.json.damaged").read_text() == half
    assert not repair(backend, "dev")


@pytest.mark.parametrize("half", ["", '{"user'])
@pytest.mark.parametrize(
    "of", ["stacks/shop/dev.json", "stacks/shop/dev.json.bak", "history/shop/dev/dev-1.history.json"]
)
def test_attributes_that_are_not_whole_go(backend: Backend, of: str, half: str):
    """`pulumi` reads no file whose attributes are not whole, and each one without attributes."""
    attributes = backend.store / f"{of}.attrs"
    attributes.parent.mkdir(parents=True, exist_ok=True)
    attributes.write_text(half)
    assert repair(backend, "dev").attributes == (attributes,)
    assert not attributes.exists()
    assert backend.file("dev").read_text() == SECOND


def test_there_is_a_checkpoint_at_every_moment(backend: Backend, monkeypatch: pytest.MonkeyPatch):
    """A repair that is cut off between its writes leaves what was there: no file would be a stack without resources."""
    path = backend.file("dev")
    path.write_text("{")

    def cut_off(file: Path, content: bytes) -> None:
        if file == path:
            raise KeyboardInterrupt
        file.write_bytes(content)

    monkeypatch.setattr("slipway.engine.checkpoint.repair.replace_file", cut_off)
    with pytest.raises(KeyboardInterrupt):
        repair(backend, "dev")
    assert path.read_text() == "{"


def test_what_is_whole_stays(backend: Backend):
    """A checkpoint of any version, and attributes, are as they were."""
    attributes = backend.store / "stacks/shop/dev.json.attrs"
    attributes.write_text('{"md5":""}')
    backend.file("dev").write_text('{"version":9}')
    assert not repair(backend, "dev")
    assert (attributes.read_text(), backend.file("dev").read_text()) == ('{"md5":""}', '{"version":9}')


def test_a_damaged_copy_takes_no_place(backend: Backend):
    """Where the one before it is no better, the file is left for the refusal that names it."""
    backend.file("dev").write_text("{")
    backend.file("dev").with_name("dev.json.bak").write_text("")
    assert not repair(backend, "dev")
    assert backend.file("dev").read_text() == "{"


@pytest.mark.parametrize("living", [True, False])
def test_a_stack_that_a_living_process_holds_is_left_alone(backend: Backend, living: bool):
    """It may be writing the file at this moment; the lock of a process that has ended keeps no repair away."""
    backend.file("dev").write_text("")
    folder = backend.lock_folder("dev")
    folder.mkdir(parents=True)
    owner = {"pid": os.getpid() if living else 2**22 + 1, "hostname": socket.gethostname(), "timestamp": "t"}
    (folder / "x.json").write_text(json.dumps(owner))
    assert bool(repair(backend, "dev")) is not living
