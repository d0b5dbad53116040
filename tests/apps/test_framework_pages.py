"""The page of each framework: its files are an app of that framework, and its commands can be typed as they stand."""

import re
import shlex
import sys
from pathlib import Path

import pytest

from slipway.recognise import recognise
from tests.demo.clones import ROOT, Clone

PAGES = sorted((ROOT / "docs/guide/frameworks").glob("*.md"))
FRAMEWORKS = {
    "django": "django",
    "fastapi": "fastapi",
    "flask": "flask",
    "functions": "lambda",
    "own-server": "streamlit",
    "pipelines": "beam",
}


def written(page: Path, folder: Path) -> Path:
    """The app that a page shows, as files."""
    for name, text in re.findall(r"```\w+ title=\"([^\"]+)\"\n(.*?)```", page.read_text(), re.DOTALL):
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return folder


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_app_of_a_page_is_recognised(page: Path, tmp_path: Path):
    """As what the page is about."""
    assert recognise(written(page, tmp_path)).framework == FRAMEWORKS[page.stem]


@pytest.mark.slow
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_commands_of_a_page_run(page: Path, tmp_path: Path):
    """A reader copies these lines."""
    clone = Clone(tmp_path / "clone", "embedded")
    written(page, tmp_path / "my-site")
    commands = re.findall(r"^\$ slipway (.*)$", page.read_text(), re.MULTILINE)
    assert commands
    for command in commands:
        said = clone.execute(f"{shlex.quote(sys.executable)} -m slipway {command}")
        assert "wrote" in said
