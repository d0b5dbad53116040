"""`make docker` and `make docker-stop`: what the script says before it changes anything."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "scripts/docker.sh"
NOWHERE = "unix:///nowhere/docker.sock"


def run(*words: str, folder: Path, host: str = NOWHERE, **more: str) -> tuple[int, str]:
    """The script's exit status, and what it prints."""
    variables = {**os.environ, "DOCKER_HOST": host, "SLIPWAY_DOCKER_FOLDER": str(folder), **more}
    done = subprocess.run([SCRIPT, *words], capture_output=True, text=True, env=variables, timeout=60)
    return done.returncode, (done.stdout + done.stderr).strip()


def test_it_says_whether_a_daemon_answers(tmp_path: Path):
    """By its exit status alone: CI asks before it starts one, so that it ends none but its own."""
    assert run("answers", folder=tmp_path) == (1, "")


def test_what_it_did_not_start_it_does_not_end(tmp_path: Path):
    """Also where a pid is noted that is some other process by now."""
    assert run("stop", folder=tmp_path) == (0, "docker: no daemon of ours is running")
    (tmp_path / "pid").write_text(str(os.getpid()))
    assert run("stop", folder=tmp_path) == (0, "docker: no daemon of ours is running")


def test_a_word_it_does_not_know_is_answered_with_those_it_does(tmp_path: Path):
    """As any command does."""
    status, said = run("restart", folder=tmp_path)
    assert status == 1
    assert "usage: scripts/docker.sh start | stop | answers" in said


@pytest.mark.skipif(os.geteuid() == 0, reason="root may start one")
def test_who_is_not_root_is_told_what_to_do(tmp_path: Path):
    """Nothing is installed, nothing is started."""
    assert run("start", folder=tmp_path) == (
        1,
        f"docker: no daemon answers at {NOWHERE}, and starting one needs root: sudo make docker",
    )


@contextmanager
def held(lock: Path, seconds: float) -> Iterator[int]:
    """Another process that holds a lock as apt does, for some seconds; its id."""
    program = (
        "import fcntl, sys, time\n"
        "file = open(sys.argv[1], 'w')\n"
        "fcntl.lockf(file, fcntl.LOCK_EX)\n"
        "print('held', flush=True)\n"
        "time.sleep(float(sys.argv[2]))\n"
    )
    words = [sys.executable, "-c", program, str(lock), str(seconds)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None and process.stdout.readline() == "held\n"
        try:
            yield process.pid
        finally:
            process.kill()


def start_without_packages(folder: Path, lock: Path, patience: int) -> tuple[int, str]:
    """`start` where each package is missing, by an `apt-get` that notes its call and fails."""
    commands = folder / "commands"
    commands.mkdir()
    scripts = {
        "dpkg-query": "exit 1",
        "apt-get": f'echo "$@" >>{folder}/called; echo "no such package"; exit 100',
        "id": "echo 0",
    }
    for name, script in scripts.items():
        (commands / name).write_text(f"#!/bin/sh\n{script}\n")
        (commands / name).chmod(0o755)
    variables = {
        "PATH": f"{commands}{os.pathsep}{os.environ['PATH']}",
        "SLIPWAY_APT_LOCKS": str(lock),
        "SLIPWAY_APT_PATIENCE": str(patience),
    }
    return run("start", folder=folder, **variables)


def test_it_waits_for_a_process_that_holds_apts_lock_and_says_so(tmp_path: Path):
    """When the lock is free it goes on: here to an installation that fails."""
    lock = tmp_path / "lock"
    with held(lock, 1.5) as owner:
        status, said = start_without_packages(tmp_path, lock, 60)
    assert status == 1
    assert f"(process {owner}), which holds apt's lock" in said
    assert said.index("holds apt's lock") < said.index("installing docker.io")
    assert "could not be installed: no such package" in said


def test_a_lock_that_is_held_for_ever_is_given_up(tmp_path: Path):
    """It names the process, and installs nothing."""
    lock = tmp_path / "lock"
    with held(lock, 60) as owner:
        status, said = start_without_packages(tmp_path, lock, 1)
    assert status == 1
    assert f"(process {owner}) has held apt's lock for 1 s" in said
    assert not (tmp_path / "called").exists()
