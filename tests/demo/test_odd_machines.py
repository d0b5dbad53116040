"""Machines that lack what most have: no home that can be made, a Python that finds its library by a variable."""

import os
import site
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.demo.clones import Clone

pytestmark = [pytest.mark.slow, pytest.mark.services]
APPS = ("hello-function", "time-service", "hello-flask")
NEEDED = "/needed/by/this/python"


def run(clone: Clone, python: Path | str, variables: Mapping[str, str], *words: str) -> str:
    """What a command prints that this Python runs; the test fails where it leaves with an error."""
    plain = {name: value for name, value in clone.environment().items() if not name.startswith(("XDG_", "UV_CACHE"))}
    done = subprocess.run(
        [str(python), "-m", "slipway", *words],
        cwd=clone.folder,
        env={**plain, **variables},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, f"{words}:\n{done.stdout}{done.stderr}"
    return done.stdout


def test_a_home_that_cannot_be_made_is_no_obstacle(clone: Clone, tmp_path: Path):
    """A service account's: packages are installed, the apps answer, and nothing is left."""
    clone.keep_only(*APPS)
    (tmp_path / "file").write_text("")
    (tmp_path / "temporary").mkdir()
    engines_own = {"PULUMI_HOME": os.environ.get("PULUMI_HOME") or str(Path.home() / ".pulumi")}
    home = {"HOME": str(tmp_path / "file/home"), "TMPDIR": str(tmp_path / "temporary"), **engines_own}
    assert run(clone, sys.executable, home, "up", "--engine", clone.engine).count("   200  ") == 5
    assert "nothing is left" in run(clone, sys.executable, home, "destroy", "--yes", "--engine", clone.engine)


def test_every_process_gets_the_variable_that_its_python_needs(tmp_path: Path):
    """LD_LIBRARY_PATH reaches the services, the apps' own processes and whatever else runs on this Python."""
    clone = Clone(tmp_path / "clone", "embedded")
    clone.keep_only(*APPS)
    python, real = tmp_path / "venv/bin/python", Path(sys.executable).resolve()
    python.parent.mkdir(parents=True)
    (tmp_path / "venv/pyvenv.cfg").write_text(f"home = {real.parent}\n")
    packages = tmp_path / f"venv/lib/python{sys.version_info[0]}.{sys.version_info[1]}/site-packages"
    packages.parent.mkdir(parents=True)
    packages.symlink_to(site.getsitepackages()[0])
    (python.parent / "uv").symlink_to(Path(sys.executable).parent / "uv")
    refused = tmp_path / "refused"
    python.write_text(
        f"""#!/bin/bash
if [ "$LD_LIBRARY_PATH" != {NEEDED} ]; then
    echo "$@" >>{refused}
    echo "error while loading shared libraries" >&2
    exit 127
fi
exec -a "$0" {real} "$@"
"""
    )
    python.chmod(0o755)
    variables = {"LD_LIBRARY_PATH": NEEDED}
    assert run(clone, python, variables, "up", "--engine", "embedded").count("   200  ") == 5
    assert "nothing is left" in run(clone, python, variables, "destroy", "--yes", "--engine", "embedded")
    assert not refused.exists()
