"""After a kill, a Ctrl-C, a second command at the same time or a damaged file, the next commands put things right."""

import json
import shutil
import signal
import subprocess
import sys
import time

import pytest

ENGINE = [sys.executable, "-m", "slipway", "engine"]
UP = ("up", "--yes", "--skip-preview", "--stack", "test")
TWO = 'a = Thing("a", value=f"v{STEP}")\nThing("b", options(depends_on=[a]), value=f"w{STEP}")'


POINTS = [
    "lock-taken",
    "pending-written:1",
    "temporary-written:2",
    "renamed:2",
    "call-sent:3",
    "answer-received:3",
    "end-written:2",
    "history",
    "unlock",
]


@pytest.mark.parametrize("point", POINTS)
def test_killed_anywhere_goes_on(stage, point):
    """kill -9 at a named point: nothing that exists is forgotten, and going on reaches the undisturbed state."""
    stage.program(TWO)
    killed = stage.run(*UP, SLIPWAY_FAULT=f"kill:{point}")
    assert killed.returncode == -signal.SIGKILL
    exported = json.loads(stage.must("stack", "export", "--stack", "test"))["deployment"]
    known = {entry.get("id") for entry in exported.get("resources") or []}
    pending = {entry["resource"]["urn"].rsplit("::", 1)[1] for entry in exported.get("pending_operations") or []}
    for identity in stage.world:
        assert identity in known or identity.split("-")[0] in pending
    assert stage.run(*UP).returncode == 1, "the lock of the dead process stays until somebody looks"
    stage.must("cancel", "--yes", "--stack", "test")
    stage.must("refresh", "--yes", "--skip-preview", "--stack", "test", "--clear-pending-creates")
    stage.up()
    assert "pending_operations" not in stage.latest
    stage.up()
    assert stage.effects() == []
    stage.must("destroy", "--yes", "--skip-preview", "--stack", "test")
    assert "resources" not in stage.latest


def test_pending_creation_is_told_and_adopted(stage):
    """The next up warns of a creation that was interrupted; refresh adopts it by its id."""
    stage.program('Thing("a", value="x")')
    assert stage.run(*UP, SLIPWAY_FAULT="kill:answer-received:3").returncode == -signal.SIGKILL
    assert set(stage.world) == {"a-1"}
    stage.must("cancel", "--yes", "--stack", "test")
    urn = "urn:pulumi:test::conformance::conf:index:Thing::a"
    stage.must("refresh", "--yes", "--skip-preview", "--stack", "test", "--import-pending-creates", urn, "a-1")
    assert stage.resource("a")["id"] == "a-1"
    stage.up()
    assert stage.effects() == []


def test_one_of_two_that_a_creation_left_is_adopted(stage):
    """Cut off twice where names are drawn by the cloud, it left two: a state has room for one, and it is said."""
    stage.program('Thing("a", value="x")')
    for _ in range(2):
        assert stage.run(*UP, SLIPWAY_FAULT="kill:answer-received:3").returncode == -signal.SIGKILL
        stage.must("cancel", "--yes", "--stack", "test")
    urn = "urn:pulumi:test::conformance::conf:index:Thing::a"
    refresh = ("refresh", "--yes", "--skip-preview", "--stack", "test", "--clear-pending-creates")
    adopt = ("--import-pending-creates", urn)
    first, second = sorted(stage.world)
    before = stage.latest
    refused = stage.run(*refresh, *adopt, first, *adopt, second)
    assert refused.returncode == 1
    assert f"{urn} is given the ids {first} and {second}" in refused.stdout + refused.stderr
    assert stage.latest == before
    stage.must(*refresh, *adopt, second, *adopt, second)
    assert stage.resource("a")["id"] == second
    assert "pending_operations" not in stage.latest
    stage.up()
    assert stage.effects() == []


def test_ctrl_c_lets_what_runs_finish(stage):
    """The first interrupt starts nothing new and records what ran; the next run goes on."""
    stage.program(
        'a = Thing("a", value="x")\n'
        "def slow(serial):\n"
        "    import os, signal, time\n"
        '    if not os.path.exists("once"):\n'
        '        open("once", "w").close()\n'
        "        os.kill(os.getpid(), signal.SIGINT)\n"
        "        time.sleep(0.3)\n"
        '    return "y"\n'
        'Thing("b", value=a.serial.apply(slow))'
    )
    done = stage.run(*UP)
    assert done.returncode == 8, done.stdout + done.stderr
    assert stage.resource("a")["id"] == "a-1"
    assert set(stage.world) == {"a-1"}
    assert "pending_operations" not in stage.latest
    stage.up()
    assert stage.effects() == [("Create", "b")]


def test_two_at_once(stage):
    """Of two ups at the same time at most one changes anything; the other says who holds the lock."""
    stage.program('import time\ntime.sleep(1.5)\nThing("a", value="x")')
    command = [*ENGINE, *UP]
    both = [
        subprocess.Popen(
            command, cwd=stage.folder, env=stage.env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        for _ in range(2)
    ]
    told = [process.communicate(timeout=60)[0] for process in both]
    assert sorted(process.returncode for process in both) in ([0, 1], [1, 1])
    assert any("currently locked" in text for text in told)
    assert len(stage.world) <= 1


def test_preview_during_an_up(stage):
    """A preview takes no lock and does not disturb an up that is going on."""
    stage.program('import time\ntime.sleep(2)\nThing("a", value="x")')
    running = subprocess.Popen([*ENGINE, *UP], cwd=stage.folder, env=stage.env, stdout=subprocess.DEVNULL)
    time.sleep(1)
    stage.must("preview", "--stack", "test")
    assert running.wait(timeout=60) == 0
    assert set(stage.world) == {"a-1"}


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: text[: len(text) // 2],
        lambda text: "",
        lambda text: text.replace('"version":3,"checkpoint"', '"version":9,"checkpoint"'),
        lambda text: text.replace('"magic":"', '"magic":"0'),
        lambda text: text.replace('"urn":"urn:pulumi:test::conformance::pulumi:providers', '"urn":"urn:x', 1),
    ],
    ids=["truncated", "empty", "version", "magic", "urn"],
)
def test_damaged_checkpoint_is_refused_untouched(stage, damage):
    """The message says what to do, nothing is changed, and the backup brings the stack back."""
    stage.program('Thing("a", value="x")')
    stage.up()
    stage.up()
    path = stage.folder / "state/.pulumi/stacks/conformance/test.json"
    damaged = damage(path.read_text())
    path.write_text(damaged)
    done = stage.run(*UP)
    assert done.returncode == 1
    assert "test.json.bak" in done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    assert path.read_text() == damaged
    shutil.copy(path.with_name("test.json.bak"), path)
    stage.up()
    assert stage.effects() == []


def test_disk_full_while_writing(stage):
    """A checkpoint that cannot be written fails the command and names the emergency copy; nothing is lost."""
    stage.program('Thing("a", value="x")')
    done = stage.run(*UP, SLIPWAY_FAULT="full:temporary-written:3+")
    assert done.returncode == 1
    assert "emergency" in done.stdout
    assert "Traceback" not in done.stdout + done.stderr
    exported = json.loads(stage.must("stack", "export", "--stack", "test"))["deployment"]
    assert stage.world.keys() <= {entry.get("id") for entry in exported["resources"]}


def test_export_and_import(stage):
    """What was exported comes back, secrets and all."""
    stage.program('Thing("a", secretValue=pulumi.Output.secret("s3cr3t-canary"), value="x")')
    stage.up()
    before = stage.resource("a")
    stage.must("stack", "export", "--file", "kept.json", "--stack", "test")
    stage.must("stack", "import", "--file", "kept.json", "--stack", "test")
    assert stage.resource("a").keys() == before.keys()
    stage.up()
    assert stage.effects() == []
    assert "s3cr3t-canary" not in (stage.folder / "kept.json").read_text()


def test_stack_commands(stage):
    """ls, select, output, rm: exit statuses and messages are the CLI's."""
    stage.program('Thing("a", value="x")\npulumi.export("one", {"deep": [1]})')
    stage.up()
    assert "test*" in stage.must("stack", "ls")
    assert stage.must("stack", "output", "one").strip() == '{"deep":[1]}'
    assert stage.run("stack", "output", "none").returncode == 1
    assert stage.run("stack", "select", "nope").returncode == 6
    assert stage.run("stack", "rm", "--yes", "test").returncode == 1
    assert stage.run("preview", "--stack", "nope").returncode == 6
    assert stage.run("preview", "--no-such-flag").returncode == 1
    stage.must("destroy", "--yes", "--skip-preview", "--remove")
    assert "test" not in stage.must("stack", "ls")


def test_round_trip_with_the_cli(stage):
    """A stack made here is refreshed by Pulumi's own command, and the other way round."""
    cli = shutil.which("pulumi")
    if cli is None:
        pytest.skip("the pulumi command is not on the PATH")
    stage.program(TWO)
    stage.up()
    runtime = f"name: conformance\nruntime:\n  name: python\n  options:\n    virtualenv: {sys.prefix}\n"
    (stage.folder / "Pulumi.yaml").write_text(runtime)
    command = [cli, "up", "--yes", "--skip-preview", "--stack", "test", "--non-interactive", "--expect-no-changes"]
    done = subprocess.run(command, cwd=stage.folder, env=stage.env, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    stage.up("--expect-no-changes")


def test_recorded_checkpoints_of_the_cli_are_read():
    """What Pulumi's engine wrote holds the invariants that this one demands."""
    from pathlib import Path

    from slipway.engine.checkpoint import state

    for path in sorted((Path(__file__).parent / "recorded").glob("*.json")):
        for step in json.loads(path.read_text()):
            entries = (step.get("state") or {}).get("resources") or []
            resources = [state.decode(entry, lambda value, owner: value) for entry in entries]
            assert list(state.violations(resources)) == [], path.stem
