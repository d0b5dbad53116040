"""Plays a drawn program through both engines, and says in what they differ."""

import contextlib
import io
import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

from tests.differential.grammar import Drawn

Played = list[dict[str, Any]]


@contextlib.contextmanager
def home(folder: Path) -> Iterator[None]:
    """A PULUMI_HOME of this play's own; the real engine asks nothing of the network."""
    own = {
        "PULUMI_HOME": str(folder),
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
    }
    before = {key: os.environ.get(key) for key in own}
    os.environ.update(own)
    try:
        yield
    finally:
        for key, value in before.items():
            os.environ.pop(key, None) if value is None else os.environ.update({key: value})


def play(judge: ModuleType, drawn: Drawn, engine: list[str], folder: Path) -> Played:
    """What the engine did, command by command, in the judge's form."""
    scenarios = folder / "scenarios"
    scenarios.mkdir(parents=True, exist_ok=True)
    shutil.copy(judge.HERE / "scenarios" / "conf.py", scenarios)
    path = scenarios / "generated.py"
    path.write_text(drawn.text)
    with home(folder / "home"), contextlib.redirect_stderr(io.StringIO()):
        (folder / "home").mkdir(exist_ok=True)
        found = judge.Scenario(path).run(engine)
    return json.loads(json.dumps(found))


def differences(judge: ModuleType, want: Played, got: Played) -> list[str]:
    """What differs, without what may: the order of steps that do not need each other."""
    found = []
    for left, right in zip(want, got, strict=True):
        pairs = [judge.settled(_settled(step)) for step in (left, right)]
        found += judge.differences(pairs[0], pairs[1], left["command"])
    return found


def _settled(step: dict[str, Any]) -> dict[str, Any]:
    if "plan" not in step:
        return step
    rows = sorted(step["plan"], key=lambda row: json.dumps(row, sort_keys=True))
    return {**step, "plan": rows}
