"""Folders that cannot be written, each command in a process of its own: the path and the way on, never a traceback."""

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SANDBOX = """\
config:
  slipway:environment: sandbox
  slipway:apps:
    hello: {platform: lambda, source: app_src/hello_function}
"""
IN_STACKS = ("config set aws:region eu-west-1", "secret set hello PASSWORD", "add app_src/hello_function --yes")
IN_PROJECT = ("up", "preview", "refresh", "cancel", "sandbox env")
MOUNTED = "mount --bind {place} {place} && mount -o remount,ro,bind {place} && cd {root} && exec {command}"

pytestmark = pytest.mark.skipif(
    os.getuid() != 0 or not shutil.which("unshare"), reason="a mount of its own takes root's rights and `unshare`"
)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with a stack of the sandbox, which was never up."""
    (tmp_path / "Pulumi.yaml").write_text("name: slipway\n")
    (tmp_path / "stacks").mkdir()
    (tmp_path / "stacks/Pulumi.sandbox.yaml").write_text(SANDBOX)
    shutil.copytree(ROOT / "app_src/hello_function", tmp_path / "app_src/hello_function")
    return tmp_path


def typed(project: Path, place: Path, words: str) -> tuple[int, str]:
    """A command's status and output where ``place`` is mounted without a right to write."""
    slipway = f"{shlex.quote(sys.executable)} -m slipway {words}"
    script = MOUNTED.format(place=place, root=project, command=slipway)
    done = subprocess.run(
        ["unshare", "-m", "sh", "-c", script],
        input="hush",
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**{k: v for k, v in os.environ.items() if k != "SLIPWAY_HOME"}, "PYTHONPATH": str(ROOT)},
    )
    if "permission denied" in done.stdout.lower() and "mount" in done.stdout:
        pytest.skip("this machine lets root mount nothing")
    return done.returncode, done.stdout


@pytest.mark.parametrize("words", IN_STACKS)
def test_stacks_that_cannot_be_written(project: Path, words: str):
    """What writes a setting names the folder before anything depends on the setting."""
    status, text = typed(project, project / "stacks", words)
    assert (status, f"{project}/stacks cannot be written" in text, "Traceback" in text) == (1, True, False), text
    assert "chmod" in text


@pytest.mark.parametrize("words", IN_PROJECT)
def test_a_project_that_cannot_be_written(project: Path, words: str):
    """What needs the state folder names it, and the variable by which it can be elsewhere."""
    status, text = typed(project, project, words)
    assert (status, "Traceback" in text) == (1, False), text
    assert f"{project}/.slipway" in text
    assert "SLIPWAY_HOME" in text
