"""A question where there is no terminal ends in a sentence that says what to type instead."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from slipway.cli.main import app

ROOT = Path(__file__).parents[3]


def test_add_says_how_to_answer_beforehand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The input ends at the first question; the stack's file is as it was."""
    folder = tmp_path / "shop"
    folder.mkdir()
    (folder / "main.py").write_text("from flask import Flask\n\napp = Flask(__name__)\n")
    (folder / "requirements.txt").write_text("flask\n")
    monkeypatch.chdir(ROOT)
    settings = (ROOT / "stacks/Pulumi.sandbox.yaml").read_bytes()
    done = CliRunner().invoke(app, ["add", str(folder), "--engine", "embedded"], input="")
    assert done.exit_code == 1
    assert f"`slipway add {folder} --yes`" in done.output
    assert (ROOT / "stacks/Pulumi.sandbox.yaml").read_bytes() == settings
