"""Locks, journals and arguments on the way to an engine, each command in a process of its own."""

import hashlib
import json
import os
import shutil
import socket
import subprocess
import sys
import zlib
from pathlib import Path

import pytest

from slipway.engine.checkpoint.backend import is_dead
from slipway.stack.backends import Backend
from slipway.stack.engines import Engine
from slipway.stack.project import Project

TAKEN = "2999-01-01"
"""When a lock was taken: after its process began, as every lock that is not another process's."""
SANDBOX = "config:\n  slipway:environment: sandbox\n"
PULUMI = """#!/bin/sh
echo "$PWD: $*" >> {folder}/asked
[ "$1" != cancel ] || rm -f {folder}/.slipway/state/.pulumi/locks/organization/slipway/sandbox/*
exit {status}
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A project with a sandbox, whose stack has a state, and a stack of a real cloud."""
    (tmp_path / "Pulumi.yaml").write_text("name: slipway\n")
    (tmp_path / "stacks").mkdir()
    (tmp_path / "stacks/Pulumi.sandbox.yaml").write_text(SANDBOX)
    (tmp_path / "stacks/Pulumi.dev.yaml").write_text(SANDBOX.replace("sandbox", "dev"))
    states = tmp_path / ".slipway/state/.pulumi/stacks/slipway"
    states.mkdir(parents=True)
    (states / "sandbox.json").write_text('{"version": 3, "checkpoint": {}}')
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SLIPWAY_HOME", raising=False)
    return Project.find()


def install_pulumi(folder: Path, monkeypatch: pytest.MonkeyPatch, status: int = 0) -> Path:
    """A `pulumi` that writes down what it is asked, and removes a lock without a look at its owner; that file."""
    (folder / "bin").mkdir()
    (folder / "bin/pulumi").write_text(PULUMI.format(folder=folder, status=status))
    (folder / "bin/pulumi").chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}/bin:/bin:/usr/bin")
    return folder / "asked"


def typed(*words: str) -> tuple[int, str]:
    command = [sys.executable, "-m", "slipway", *words]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return done.returncode, done.stdout


def test_a_real_cloud_gets_the_same_arguments(project: Project, monkeypatch: pytest.MonkeyPatch):
    """`slipway up --stack dev --diff` is `pulumi up --stack dev --diff`, with its exit status; then the way on."""
    asked = install_pulumi(project.root, monkeypatch, status=7)
    status, text = typed("up", "--stack", "dev", "--diff", "--target", "urn:x")
    assert status == 7
    assert asked.read_text().splitlines()[0] == f"{project.root}: up --stack dev --diff --target urn:x"
    assert text.splitlines()[-1] == "then go on with: slipway up --stack dev"


@pytest.mark.parametrize("engine", ["embedded", "pulumi"])
def test_a_lock_is_taken_from_the_dead_alone(project: Project, monkeypatch: pytest.MonkeyPatch, engine: str):
    """The lock of a killed command goes. A command that may still run keeps its lock, but for --yes."""
    install_pulumi(project.root, monkeypatch)
    locks = project.state_folder / "state/.pulumi/locks/organization/slipway/sandbox"
    locks.mkdir(parents=True)
    owner = {"pid": os.getpid(), "username": "me", "hostname": socket.gethostname(), "timestamp": TAKEN}
    (locks / "living.json").write_text(json.dumps(owner))
    status, text = typed("cancel", "--engine", engine)
    assert status == 1
    assert f"is held by pid {os.getpid()} of me@{socket.gethostname()}, since {TAKEN}, which may still" in text
    assert typed("cancel", "--engine", engine, "--yes")[0] == 0
    assert list(locks.iterdir()) == []

    dead = subprocess.Popen(["true"], env={"PATH": "/bin:/usr/bin"})
    dead.wait()
    (locks / "dead.json").write_text(json.dumps({**owner, "pid": dead.pid}))
    assert typed("cancel", "--engine", engine)[0] == 0
    assert list(locks.iterdir()) == []


def test_a_background_command_takes_ctrl_c():
    """A shell without job control starts background commands with SIGINT ignored; `kill -INT` works all the same."""
    code = (
        "import signal, sys; signal.signal(signal.SIGINT, signal.SIG_IGN); sys.argv = ['slipway', '--help']\n"
        "import slipway.__main__ as command\n"
        "try: command.main()\n"
        "finally: print(signal.getsignal(signal.SIGINT) is signal.default_int_handler)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.splitlines()[-1] == "True"


@pytest.mark.parametrize(
    ("words", "taken", "dead"),
    [
        ([], "2020-01-01T00:00:00Z", True),
        (["slipway"], "2020-01-01T00:00:00Z", False),
        (["pulumi"], "2020-01-01T00:00:00Z", False),
        ([], "2999-01-01T00:00:00Z", False),
        ([], "at noon", False),
    ],
)
def test_a_number_that_was_given_anew_holds_no_lock(words: list[str], taken: str, dead: bool):
    """After a restart of the machine a lock's number may be another program's, which began later and is no engine."""
    with subprocess.Popen(["/bin/sh", "-c", "read end", *words], stdin=subprocess.PIPE) as process:
        owner = {"pid": process.pid, "hostname": socket.gethostname(), "timestamp": taken}
        assert is_dead(owner) is dead


@pytest.mark.parametrize("command", [["refresh"], ["up", "--diff"], ["state", "unprotect", "--all"]])
def test_a_killed_runs_journal_is_in_the_state_that_pulumi_reads(
    project: Project, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], command: list[str]
):
    """What the embedded engine had made last stands in its journal alone; `pulumi` would not know it, and lose it."""
    state = project.state_folder / "state/.pulumi/stacks/slipway/sandbox.json"
    asked = install_pulumi(project.root, monkeypatch)
    (project.root / "bin/pulumi").write_text(f"#!/bin/sh\ncp {state} {project.root}/read\necho $* >>{asked}\n")
    base = hashlib.sha256(state.read_bytes()).hexdigest()
    made = {"urn": "urn:pulumi:sandbox::slipway::a:b:Thing::made", "type": "a:b:Thing", "custom": True, "id": "made"}
    lines = ({"base": base, "new": [], "old": [], "pending": []}, {"put": {"1": made}, "drop": [], "end": []})
    texts = [json.dumps(line).encode() for line in lines]
    journal = state.with_name("sandbox.journal")
    journal.write_bytes(b"".join(b"%08x %s\n" % (zlib.crc32(text), text) for text in texts))

    backend = Backend(project, Engine.pulumi, sandbox=True)
    assert backend.run([*command, "--stack", "sandbox"]) == 0
    assert "its journal is now in the stack's state, which differs by 1 entry" in capfd.readouterr().err
    read = json.loads((project.root / "read").read_bytes())
    assert [resource["id"] for resource in read["checkpoint"]["latest"]["resources"]] == ["made"]
    assert not journal.exists()
    assert backend.run([*command, "--stack", "sandbox"]) == 0
    assert "journal" not in capfd.readouterr().err


@pytest.mark.parametrize("engine", ["embedded", "pulumi"])
@pytest.mark.parametrize("half", ["", '{"version": 3, "checkpo'])
def test_a_state_that_was_cut_off_is_put_back(
    project: Project, monkeypatch: pytest.MonkeyPatch, engine: str, half: str
):
    """Whichever engine runs next: the one before it is in its place, and the user is shown what became of the other."""
    install_pulumi(project.root, monkeypatch)
    state = project.state_folder / "state/.pulumi/stacks/slipway/sandbox.json"
    state.with_name("sandbox.json.bak").write_bytes(state.read_bytes())
    state.write_text(half)
    status, text = typed("cancel", "--engine", engine)
    assert (status, "the state of the stack 'sandbox' was cut off" in text) == (0, True), text
    assert json.loads(state.read_text())["version"] == 3
    assert state.with_name("sandbox.json.damaged").read_text() == half


def test_a_state_in_a_folder_of_a_real_cloud_is_put_back_too(project: Project, monkeypatch: pytest.MonkeyPatch):
    """The backend that PULUMI_BACKEND_URL names as a folder is `pulumi`'s own, and is as easily cut off."""
    asked = install_pulumi(project.root, monkeypatch)
    state = project.root / "states/.pulumi/stacks/slipway/dev.json"
    state.parent.mkdir(parents=True)
    state.write_text("")
    state.with_name("dev.json.bak").write_text('{"version": 3}')
    monkeypatch.setenv("PULUMI_BACKEND_URL", f"file://{project.root}/states")
    status, text = typed("refresh", "--stack", "dev")
    assert (status, state.read_text()) == (0, '{"version": 3}'), text
    assert "refresh --stack dev" in asked.read_text()


@pytest.mark.skipif(shutil.which("pulumi") is None, reason="the `pulumi` command is not on this machine's PATH")
@pytest.mark.parametrize("ending", [".attrs", ".bak.attrs", ""])
def test_the_real_pulumi_reads_what_a_killed_one_left_half_written(project: Project, ending: str):
    """It ends with "failed to load checkpoint: EOF" by itself; through `slipway` it reads the state."""
    (project.root / "Pulumi.yaml").write_text("name: slipway\nruntime: python\nstackConfigDir: stacks\n")
    state = project.state_folder / "state/.pulumi/stacks/slipway/sandbox.json"
    variables = {**os.environ, "PULUMI_BACKEND_URL": project.backend_url, "PULUMI_CONFIG_PASSPHRASE": ""}

    def pulumi(*words: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(["pulumi", *words], env=variables, capture_output=True, text=True)

    state.unlink()
    assert pulumi("stack", "init", "sandbox", "--no-select").returncode == 0
    shutil.copy(state, f"{state}.bak")
    state.with_name(f"{state.name}{ending}").write_text("")
    if ending == ".attrs":
        assert "failed to load checkpoint: EOF" in pulumi("stack", "export", "--stack", "sandbox").stderr
    status, text = typed("cancel", "--engine", "pulumi")
    assert status == 0, text
    assert pulumi("stack", "export", "--stack", "sandbox").returncode == 0
