"""Code that asks ``importlib.metadata`` for its own project gets an answer, though the project is not installed."""

from pathlib import Path

import pytest

from slipway.bundle import Cache, lambda_zip
from slipway.bundle.interpreters import OWN
from slipway.bundle.trial import Question, tried

ASKS = """
from importlib.metadata import version

VERSION = version("my-shop")


def handler(event, context):
    pass
"""
PROJECTS = {
    "pyproject.toml": '[project]\nname = "my-shop"\nversion = "1.2"\n[project.scripts]\nshop = "main:handler"\n',
    "setup.cfg": "[metadata]\nname = my-shop\nversion = 1.2\n",
    "setup.py": "from setuptools import setup\n\nsetup(name='my-shop', version='1.2', install_requires=[])\n",
}


@pytest.mark.parametrize("file", PROJECTS)
def test_an_app_knows_its_own_version(tmp_path: Path, file: str):
    """Its project is named in any of the files that name one."""
    app = tmp_path / "app"
    app.mkdir()
    (app / "main.py").write_text(ASKS)
    (app / file).write_text(PROJECTS[file])
    cache = Cache(tmp_path / "cache")
    artifact = lambda_zip(app, handler="main.handler", cache=cache)
    assert "my_shop-1.2.dist-info/METADATA" in artifact.manifest
    assert tried(
        artifact, Question(module="main", name="handler", interface="function", python=OWN), cache, app="x"
    ).ran


def test_an_app_that_asks_for_nothing_gets_no_file_more(tmp_path: Path):
    """Its artifact has its own files alone."""
    (tmp_path / "main.py").write_text("def handler(event, context):\n    pass\n")
    (tmp_path / "pyproject.toml").write_text(PROJECTS["pyproject.toml"])
    artifact = lambda_zip(tmp_path, handler="main.handler", cache=Cache(tmp_path / "cache"))
    assert not [path for path in artifact.manifest if "dist-info" in path]
