"""Apps of every shape, each added by the command, live in one sandbox with one `up`."""

from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from slipway.platforms.addresses import reachable
from tests.apps.test_recognise import CASES, written
from tests.demo.clones import Clone

pytestmark = [pytest.mark.services, pytest.mark.slow, pytest.mark.timeout(1200)]
"""PythonAnywhere takes 40 requests a minute, of files and the rest: two of the apps go there, or a minute is waited."""


def test_every_shape_is_live(clone: Clone, tmp_path: Path):
    """Each answers with its own bytes; a second preview is quiet; an edit changes its app alone; nothing is left."""
    cases = {path.stem.replace("_", "-"): yaml.safe_load(path.read_text()) for path in CASES}
    live = {name: case for name, case in cases.items() if case.get("live")}
    for name, case in live.items():
        folder = written(case, tmp_path / "apps" / name)
        clone.run("add", str(folder), "--platform", case["platform"], "--yes")
    clone.verb("up")
    outputs = clone.outputs()["apps"]
    assert {name: answer(outputs[name], case) for name, case in live.items()} == {
        name: case["answers"] for name, case in live.items()
    }
    assert clone.nothing_would_change()
    app = tmp_path / "apps/wsgi-function/app.py"
    app.write_text(app.read_text().replace("wsgi", "edited"))
    clone.verb("up")
    after = clone.outputs()["apps"]
    assert [name for name in live if after[name]["digest"] != outputs[name]["digest"]] == ["wsgi-function"]
    assert answer(after["wsgi-function"], {}) == "edited"
    assert "nothing is left" in clone.verb("destroy", "--yes")


def answer(app: dict[str, Any], case: dict[str, Any]) -> str:
    """What an app says at the path of its data file."""
    address, headers = reachable(app["url"].rstrip("/") + case.get("path", "/"))
    return httpx.get(address, headers=headers, trust_env=False, timeout=60).text
