"""The release command of a web app on PythonAnywhere: run by its WSGI file, once for each version, before it serves."""

import os
import subprocess
import sys
from pathlib import Path

from slipway.providers.pythonanywhere.wsgi import record_of, text

HOME = "/home/anna/shop"


def load(root: Path, command: str, key: str = "v1") -> subprocess.CompletedProcess[str]:
    """Load the web app as a worker does, in a system that begins at ``root``."""
    release = {"command": command, "key": key}
    new = {"entry": "main.app", "directory": HOME, "pack": "", "environment": {"NAME": "shop"}, "release": release}
    (root / "wsgi.py").write_text(text(new))
    folder = root / HOME.lstrip("/")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "main.py").write_text("app = 'the app'\n")
    words = [sys.executable, "-c", "import runpy; print(runpy.run_path('wsgi.py')['application'])"]
    environment = {**os.environ, "PYTHONANYWHERE_ROOT": str(root)}
    return subprocess.run(words, cwd=root, env=environment, capture_output=True, text=True)


def test_it_runs_once_for_each_version_with_the_apps_environment(tmp_path: Path):
    """Its folder is the app's, and `python` is the app's own."""
    command = "python -c 'import main, os; print(os.environ[\"NAME\"])' >> out"
    for key in ("v1", "v1", "v2"):
        assert load(tmp_path, command, key).stdout == "the app\n"
    assert (tmp_path / f"{HOME[1:]}/out").read_text() == "shop\nshop\n"
    assert (tmp_path / record_of(HOME, "v2")[1:]).read_text() == "0\n"


def test_a_version_whose_command_fails_does_not_serve_and_is_tried_again(tmp_path: Path):
    """The record has the status and the output, for the deployment that waits."""
    failed = load(tmp_path, "echo no such table; exit 3")
    assert "the release command 'echo no such table; exit 3' ended with status 3" in failed.stderr
    assert (tmp_path / record_of(HOME, "v1")[1:]).read_text() == "3\nno such table\n"
    assert load(tmp_path, "true").stdout == "the app\n"
