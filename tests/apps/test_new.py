"""The small apps that one can start from are what they say, and what the guide says of them is true."""

import re
import shlex
import sys
from pathlib import Path

import pytest

from slipway.errors import UserError
from slipway.recognise import recognise
from slipway.recognise.destinations import destinations
from slipway.verbs.new import LIKE, new
from tests.demo.clones import ROOT, Clone

ENTRIES = {
    "flask": "app:app",
    "fastapi": "main:app",
    "django": "site_of_django.wsgi:application",
    "function": "lambda_function:lambda_handler",
    "pipeline": "",
    "container": "app:app",
}


@pytest.mark.parametrize("like", LIKE)
def test_an_app_to_start_from_is_recognised(tmp_path: Path, like: str):
    """With its entry, without a problem, and with a platform that takes it."""
    for name, text in LIKE[like].items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    seen = recognise(tmp_path)
    assert (seen.entry, seen.problems) == (ENTRIES[like], ())
    assert any(one.possible for one in destinations(seen))


def test_a_function_needs_no_lock(tmp_path: Path):
    """It is there at once; a folder that is there already is left alone."""
    assert new(tmp_path / "hello", "function") == 0
    assert "lambda_handler" in (tmp_path / "hello/lambda_function.py").read_text()
    with pytest.raises(UserError, match="is there already"):
        new(tmp_path / "hello", "function")
    with pytest.raises(UserError, match=r"did you mean 'flask'\?"):
        new(tmp_path / "other", "flaks")


@pytest.mark.services
@pytest.mark.slow
@pytest.mark.timeout(600)
def test_the_guide_runs_as_it_is_written(clone: Clone):
    """A reader copies these lines: an app that was not there is live after them."""
    text = (ROOT / "docs/guide/your-own-app.md").read_text()
    block = re.search(r"```console\n(.*?)```", text, re.DOTALL)
    assert block is not None
    shown = ""
    for line in block[1].splitlines():
        command = line.removeprefix("$ ").replace("slipway ", f"{shlex.quote(sys.executable)} -m slipway ", 1)
        shown = clone.execute(command)
    assert "Hello from my-site" in shown
