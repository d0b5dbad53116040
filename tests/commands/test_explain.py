"""`slipway config explain`: the program's settings, shown without importing the program."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from slipway.cli.main import app

ROOT = Path(__file__).parents[2]

MODEL = """
import json
rows = [("slipway:apps.NAME.memory", "lambda", "Memory.", "MB", "128", "all"),
        ("slipway:owner", "", "Who answers.", "", "needed", "dev, prod"),
        ("slipway:secrets", "", "Sealed.", "", "none", "all")]
print(json.dumps([dict(zip(("key", "platform", "what", "unit", "default", "environments"), r)) for r in rows]))
"""
DEV = """
config:
  slipway:owner: anna
  slipway:secrets: {secure: v1:abc}
  slipway:apps: {hello: {memory: 256}}
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project whose settings are three."""
    (tmp_path / "Pulumi.yaml").write_text("name: slipway\n")
    (tmp_path / "stacks").mkdir()
    (tmp_path / "stacks/__init__.py").touch()
    (tmp_path / "stacks/explain.py").write_text(MODEL)
    (tmp_path / "stacks/Pulumi.dev.yaml").write_text(DEV)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def said(*words: str) -> tuple[int, list[list[str]]]:
    """The exit status, and each line's cells."""
    result = CliRunner().invoke(app, ["config", "explain", *words])
    return result.exit_code, [[cell for cell in line.split("  ") if cell] for line in result.output.splitlines()]


def test_all_settings_are_a_table(project: Path):
    """What it is, unit, default, environments."""
    status, lines = said()
    assert status == 0
    cells = [[cell.strip() for cell in line] for line in lines]
    assert ["slipway:apps.NAME.memory (lambda)", "Memory.", "MB", "128", "all"] in cells
    assert ["slipway:owner", "Who answers.", "needed", "dev, prod"] in cells


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("apps", ["dev", "slipway:apps.hello.memory", "256"]),
        ("slipway:owner", ["dev", "slipway:owner", "anna"]),
        ("secrets", ["dev", "slipway:secrets", "(sealed)"]),
    ],
)
def test_one_setting_is_shown_as_the_stacks_have_it(project: Path, key: str, value: list[str]):
    """By its key or what begins it; a sealed value stays so."""
    status, lines = said(key)
    cells = [[cell.strip() for cell in line] for line in lines]
    assert status == 0
    assert value in cells
    assert "v1:abc" not in str(cells)


def test_an_unknown_setting_names_its_neighbour(project: Path):
    """And where to find them all."""
    status, lines = said("ownr")
    assert status == 1
    assert lines == [
        ["error: there is no setting 'ownr' (did you mean 'owner'?): `slipway config explain` shows them all"]
    ]


def test_settings_that_do_not_load_are_a_message(project: Path):
    """The last line of what went wrong, no traceback."""
    (project / "stacks/explain.py").write_text("raise ValueError('broken')")
    status, lines = said()
    assert status == 1
    assert lines == [[f"error: {project}/stacks does not explain its settings: ValueError: broken"]]


def test_our_own_settings_are_explained(monkeypatch: pytest.MonkeyPatch):
    """The real model answers the command."""
    monkeypatch.chdir(ROOT)
    status, lines = said("budget.amount")
    assert status == 0
    assert ["prod", "slipway:budget.amount", "500"] in [[cell.strip() for cell in line] for line in lines]
