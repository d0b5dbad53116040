"""What a person at a terminal sees of an edit: its preview, and the `up` that follows."""

import sys
from pathlib import Path

import pytest

from tests.conformance.test_terminal import command_on_terminal, screen
from tests.demo.clones import Clone

pytestmark = [pytest.mark.slow, pytest.mark.services]
LONGEST = 15
"""Lines of the preview of an edit of one line."""


def at_60_columns(clone: Clone, *words: str) -> list[str]:
    """The lines that a command of the embedded engine leaves on a terminal."""
    command = [sys.executable, "-m", "slipway", *words, "--engine", "embedded"]
    status, heard = command_on_terminal(command, clone.folder, clone.environment(), 60, NO_COLOR="1")
    assert status == 0, heard
    return screen(heard, 60)


def test_an_edit_of_one_line(tmp_path: Path):
    """The preview names the app, the file and the line, and what follows; `up` shows the app with its count."""
    clone = Clone(tmp_path / "clone", "embedded")
    clone.keep_only("time-service", "time-service-beanstalk")
    try:
        clone.verb("up")
        clone.edit("app_src/time_service/main.py", "Welcome to the", "Welcome to this")
        preview = at_60_columns(clone, "preview")
        assert len([line for line in preview if line]) < LONGEST, preview
        assert " ~  time-service ▸ App Engine Service" in preview
        assert "time-service: ~ main.py:8" in preview
        assert not any("digest" in line for line in preview)
        assert any(
            line.startswith(" ~  time-service ▸ App Engine Service  ") and line.endswith(" s")
            for line in at_60_columns(clone, "up")
        )
    finally:
        clone.run("sandbox", "stop")
