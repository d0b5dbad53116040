"""`make docker` and `make docker-stop`: what the script says before it changes anything."""

import os
import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "scripts/docker.sh"
NOWHERE = "unix:///nowhere/docker.sock"


def run(*words: str, folder: Path, host: str = NOWHERE) -> tuple[int, str]:
    """The script's exit status, and what it prints."""
    variables = {**os.environ, "DOCKER_HOST": host, "SLIPWAY_DOCKER_FOLDER": str(folder)}
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
