"""What exists but is not well: kept in the state with its reasons, and repaired by the next ``up``."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conformance.stage import Stage
from tests.faults.bench import Launcher

UP = ("up", "--yes", "--skip-preview")


@pytest.fixture
def stage(launcher: Launcher, tmp_path: Path) -> Iterator[Stage]:
    """A project whose provider reports partial results."""
    made = Stage(launcher, tmp_path, Path(__file__).parent / "provider.py")
    yield made
    made.close()


def test_a_partial_create_is_kept_and_repaired(stage):
    """Id, outputs and reasons are in the state, nothing is pending, nobody who needs it begins; then it is updated."""
    stage.program(
        'late = {"partialCreate": "no disk"} if STEP == 1 else {}\n'
        'a = Thing("a", value="x", **late)\nThing("b", value=a.serial.apply(str))'
    )
    done = stage.run(*UP)
    assert done.returncode == 1
    assert "the thing is not ready" in done.stdout
    kept = stage.resource("a")
    assert kept["id"] == "a-1"
    assert kept["initErrors"] == ["no disk"]
    assert kept["outputs"]["serial"] == 1
    assert kept["inputs"]["partialCreate"] == "no disk"
    assert "pending_operations" not in stage.latest
    assert set(stage.world) == {"a-1"}
    assert stage.plan() == {"a": "update", "b": "create"}
    stage.up(step=2)
    assert stage.effects() == [("Update", "a"), ("Create", "b")]
    assert "initErrors" not in stage.resource("a")
    stage.up("--expect-no-changes")


def test_a_partial_create_is_repaired_by_the_same_program(stage):
    """Without any difference of the inputs its reasons alone make an update."""
    stage.program('Thing("a", value="x", partialCreate="no disk")')
    assert stage.run(*UP).returncode == 1
    assert stage.plan() == {"a": "update"}
    stage.up()
    assert "initErrors" not in stage.resource("a")
    stage.must("destroy", "--yes", "--skip-preview")
    assert stage.world == {}


def test_a_partial_create_in_a_replacement(stage):
    """The new one takes the old one's place, which is deleted by the next ``up`` at the latest."""
    stage.program('late = {"partialCreate": "no disk"} if STEP == 2 else {}\nThing("a", replaceKey=STEP, **late)')
    stage.up()
    stage.step(2)
    assert stage.run(*UP).returncode == 1
    entries = [item for item in stage.latest["resources"] if item["urn"].endswith("::a")]
    living = [item for item in entries if not item.get("delete")]
    assert [(item["id"], item["initErrors"]) for item in living] == [("a-2", ["no disk"])]
    assert {item["id"] for item in entries} == set(stage.world)
    stage.up()
    assert set(stage.world) == {"a-2"}
    stage.up("--expect-no-changes")


def test_a_partial_update_keeps_the_old_inputs_with_the_new_outputs(stage):
    """So the next ``up`` sees the difference again and finishes it."""
    stage.program('late = {"partialUpdate": "no disk"} if STEP == 2 else {}\nThing("a", value=f"v{STEP}", **late)')
    stage.up()
    stage.step(2)
    assert stage.run(*UP).returncode == 1
    kept = stage.resource("a")
    assert kept["inputs"]["value"] == "v1"
    assert kept["outputs"]["value"] == "v2"
    assert kept["initErrors"] == ["no disk"]
    assert "pending_operations" not in stage.latest
    stage.up(step=3)
    assert stage.effects() == [("Update", "a")]
    assert stage.resource("a")["inputs"]["value"] == "v3"
    assert "initErrors" not in stage.resource("a")


@pytest.mark.parametrize("command", [("refresh", "--yes", "--skip-preview"), (*UP, "--refresh")], ids=["refresh", "up"])
def test_what_a_refresh_finds_unwell(stage, command):
    """Outputs and reasons are kept, a warning says them, and the command succeeds; the next ``up`` repairs."""
    stage.program('Thing("a", value="x")')
    stage.up()
    stage.tamper("drift", "a", "unwell=too hot")
    told = stage.must(*command)
    assert "too hot" in told
    assert "and cold" in told
    if command[0] == "refresh":
        assert stage.resource("a")["initErrors"] == ["too hot", "and cold"]
        assert stage.resource("a")["id"] == "a-1"
        stage.up()
        assert stage.effects() == [("Update", "a")]
    assert "initErrors" not in stage.resource("a")
    assert "unwell" not in stage.world["a-1"]["inputs"]


def test_reading_what_is_unwell_fails_and_keeps_it(stage):
    """A resource that the program only looks at is in the state with its reasons; well again, it is read again."""
    stage.tamper("make", "shared-3", "unwell=too hot")
    stage.program('Thing("theirs", options(id="shared-3"))')
    assert stage.run(*UP).returncode == 1
    assert stage.resource("theirs")["initErrors"] == ["too hot", "and cold"]
    stage.tamper("drift", "shared", "unwell=")
    stage.up()
    assert "initErrors" not in stage.resource("theirs")
