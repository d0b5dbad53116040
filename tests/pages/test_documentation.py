"""The documentation as a site."""

import logging
from pathlib import Path

import pytest
from mkdocs.commands.build import build
from mkdocs.config import load_config

ROOT = Path(__file__).parents[2]


def test_the_site_is_whole(tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every page has its place, and no link leads to nothing; the site loads nothing from elsewhere."""
    monkeypatch.setenv("NO_MKDOCS_2_WARNING", "1")
    caplog.set_level(logging.WARNING, logger="mkdocs")
    build(load_config(str(ROOT / "mkdocs.yml"), site_dir=str(tmp_path / "site")))
    assert [record.message for record in caplog.records if record.name.startswith("mkdocs")] == []
    first = (tmp_path / "site/index.html").read_text(encoding="utf-8")
    assert "Your own app in ten minutes" in first
    assert 'src="http' not in first
    assert 'rel="stylesheet" href="http' not in first
