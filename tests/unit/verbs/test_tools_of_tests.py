"""Which plugins and helpers an app's tests need, told from its settings and the tests themselves."""

from pathlib import Path

from slipway.verbs.tools_of_tests import tools_of

TESTS = """
import pytest
import respx
from fastapi.testclient import TestClient
from requests import get


@pytest.mark.asyncio
async def test_it(mocker, client):
    pass
"""


def test_plugins_and_helpers_are_told_from_settings_and_tests(tmp_path: Path):
    """Options of plugins, fixtures and marks of plugins, and what tests import; what is the app's own is none."""
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests/test_app.py").write_text(TESTS)
    (tmp_path / "requests.py").write_text("def get(): ...\n")
    (tmp_path / ".venv/x").mkdir(parents=True)
    (tmp_path / ".venv/x/test_other.py").write_text("import moto\n")
    settings = {"pytest.ini": "[pytest]\naddopts = --cov=app -n auto\n"}
    tools = ["httpx", "pytest-asyncio", "pytest-cov", "pytest-mock", "pytest-xdist", "respx"]
    assert tools_of(tmp_path, settings) == tools


def test_a_fixture_of_the_apps_own_needs_no_plugin(tmp_path: Path):
    """As one called like a plugin's."""
    (tmp_path / "conftest.py").write_text("def mocker(): ...\n")
    (tmp_path / "test_app.py").write_text("def test_it(mocker): ...\n")
    assert tools_of(tmp_path, {}) == []
