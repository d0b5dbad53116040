"""What a function with a release command does when its deployment calls it."""

import importlib.util
import sys
import zipfile
from pathlib import Path
from types import SimpleNamespace

import pytest

from slipway.bundle import Cache, lambda_zip
from slipway.bundle.kinds.lambda_zip import RELEASE, RELEASE_HANDLER

APP = {"main.py": "def handler(event, context):\n    return event\n", "requirements.txt": ""}
EVENT = {"slipway": "release"}


@pytest.fixture
def releasing(folder, cache: Cache, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Makes the zip of an app with a release command, unpacks it and imports the handler as Lambda does."""

    def make(release: str, **files: str):
        artifact = lambda_zip(
            folder({**APP, **{f"{name}.py": text for name, text in files.items()}}),
            handler="main.handler",
            release=release,
            cache=cache,
        )
        task = tmp_path / "task"
        with zipfile.ZipFile(artifact.path) as inside:
            inside.extractall(task)
        monkeypatch.syspath_prepend(str(task))
        monkeypatch.delitem(sys.modules, "main", raising=False)
        spec = importlib.util.spec_from_file_location("slipway_release_of_a_test", task / RELEASE)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        monkeypatch.delitem(sys.modules, "main", raising=False)
        return getattr(module, RELEASE_HANDLER.rpartition(".")[2])

    return make


def within(seconds: float) -> SimpleNamespace:
    """The context of a call that has so many seconds left."""
    return SimpleNamespace(get_remaining_time_in_millis=lambda: seconds * 1000)


def test_the_command_runs_with_the_apps_files_and_this_python(releasing, tmp_path: Path, monkeypatch):
    """`python` is the function's own, whatever the machine has; every other event is the app's."""
    monkeypatch.setenv("PLACE", str(tmp_path / "ran"))
    text = "import os, sys, main\nopen(os.environ['PLACE'], 'a').write(sys.version.split()[0])\n"
    handler = releasing("python migrate.py", migrate=text)
    assert handler({"key": 1}, within(9)) == {"key": 1}
    assert handler(EVENT, within(9)) == {"released": "python migrate.py"}
    assert (tmp_path / "ran").read_text() == sys.version.split()[0]


def test_a_command_that_fails_is_an_error_with_its_last_lines(releasing):
    """Lambda tells the caller of a function's error, and the deployment stops with it."""
    handler = releasing("echo first; python -c 'raise SystemExit(\"no table\")'")
    with pytest.raises(RuntimeError, match=r"ended with status 1: first\nno table"):
        handler(EVENT, within(9))


def test_a_command_that_hangs_is_ended_before_lambda_ends_the_call(releasing):
    """Lambda alone would say only that the call took too long."""
    handler = releasing("echo waiting; sleep 60")
    with pytest.raises(RuntimeError, match=r"did not end within the function's timeout \(2 seconds\): waiting"):
        handler(EVENT, within(2))


def test_an_app_that_needs_its_tables_at_import_is_released_first(releasing):
    """The app's own error comes with its own events alone."""
    handler = releasing("true", main="raise LookupError('no such table')\n")
    assert handler(EVENT, within(9)) == {"released": "true"}
    with pytest.raises(LookupError, match="no such table"):
        handler({}, within(9))
