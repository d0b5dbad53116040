"""A user's apps are tested by their own tests, and never by the project's checks."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from slipway.errors import UserError
from slipway.stack.project import Project
from slipway.verbs.test import test as run_tests
from tests.demo_apps import NAMES, PYPROJECT, ROOT

PASSES = """
import importlib.util
import app

def test_alone():
    assert app.TEXT == "shop"
    assert importlib.util.find_spec("pulumi") is None
    assert importlib.util.find_spec("six") is not None
"""


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An app below a project, whose pytest settings and fixtures would fail."""
    (tmp_path / "Pulumi.yaml").write_text("name: slipway\n")
    (tmp_path / "pyproject.toml").write_text('[tool.pytest.ini_options]\naddopts = "--no-such-option"\n')
    folder = tmp_path / "app_src/shop"
    folder.mkdir(parents=True)
    (tmp_path / "app_src/conftest.py").write_text("raise SystemExit(9)\n")
    (folder / "app.py").write_text('TEXT = "shop"\n')
    (folder / "requirements-test.txt").write_text("six\n")
    monkeypatch.chdir(tmp_path)
    return folder


@pytest.mark.slow
def test_an_apps_tests_run_with_its_packages_alone(shop: Path, capfd: pytest.CaptureFixture[str]):
    """What its lists for tests name is there, nothing of Slipway; a failing test is the exit status."""
    with pytest.raises(UserError, match="has no tests"):
        run_tests("shop", "sandbox", [])
    (shop / "test_app.py").write_text(PASSES)
    assert run_tests("shop", "sandbox", ["-q"]) == 0
    (shop / "test_app.py").write_text("def test_it():\n    assert 1 == 2\n")
    assert run_tests("shop", "sandbox", ["-q"]) == 1
    assert capfd.readouterr().out.count("setting up") == 1
    assert Project.find().root == shop.parents[1]


PYPROJECT_OF_A_PACKAGE = """
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"
[project]
name = "shop"
version = "4.2"
dependencies = ["six"]
[tool.hatch.build.targets.wheel]
packages = ["src/shop"]
[tool.poetry.group.dev.dependencies]
toml = "^0.10"
"""
OF_A_PACKAGE = """
from importlib.metadata import version

import shop, six, toml

def test_it():
    assert version("shop") == "4.2"
    assert "/src/shop/" in shop.__file__
"""


@pytest.mark.slow
def test_an_app_that_is_a_package_is_installed_for_its_tests(shop: Path, capfd: pytest.CaptureFixture[str]):
    """Without a lock what it declares is installed, and said; its code is the one in its folder, which stays clean."""
    (shop / "pyproject.toml").write_text(PYPROJECT_OF_A_PACKAGE)
    (shop / "src/shop").mkdir(parents=True)
    (shop / "src/shop/__init__.py").write_text("")
    (shop / "test_shop.py").write_text(OF_A_PACKAGE)
    before = {path.name for path in shop.iterdir()}
    assert run_tests("shop", "sandbox", ["-q", "-p", "no:cacheprovider"]) == 0
    assert "no lock pins what pyproject.toml names" in capfd.readouterr().out
    assert {path.name for path in shop.iterdir()} - before <= {"__pycache__"}


def test_lint_types_and_tests_look_at_the_same_demo_apps():
    """Each names them; the pipelines' types are seen where Beam is."""
    assert all((ROOT / "app_src" / name).is_dir() for name in NAMES)
    typed = {
        path.removeprefix("app_src/") for path in PYPROJECT["tool"]["basedpyright"]["include"] if "app_src" in path
    }
    assert typed == set(NAMES) - {"pipelines", "wordcount"}
    linted = {path.split("/")[1] for path in PYPROJECT["tool"]["ruff"]["include"] if path.startswith("app_src/")}
    assert linted == {*NAMES, "conftest.py"}


def test_a_users_app_is_not_linted(tmp_path: Path):
    """Whatever its files are called; ours still are."""
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    ours = {"__main__.py", "slipway/a.py", "app_src/hello_flask/a.py", "tests/apps/a.py"}
    for name in {*ours, "app_src/mine/a.py", "app_src/mine/__main__.py", "app_src/mine/tests/test_a.py"}:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("import os\n")
    words = [sys.executable, "-m", "ruff", "check", "--show-files", "."]
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert {str(Path(line).relative_to(tmp_path)) for line in done.stdout.split()} == ours
