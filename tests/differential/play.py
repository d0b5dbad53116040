"""Plays a drawn program through both engines, and says in what they differ."""

import contextlib
import io
import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.conformance.quick import Command, Quick, judge, played
from tests.differential.grammar import Drawn
from tests.differential.interpreter import environment
from tests.faults.bench import Launcher

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


@dataclass(frozen=True, kw_only=True)
class Engines:
    """Both engines, ready to play: their commands and programs start in forks."""

    launcher: Launcher
    virtualenv: Path
    """Where Pulumi's language host finds its Python."""

    def embedded(self, drawn: Drawn, folder: Path) -> Played:
        """What the embedded engine did, command by command, in the judge's form."""
        return _play(drawn, folder, Quick(self.launcher, folder))

    def pulumi(self, drawn: Drawn, folder: Path) -> Played:
        """The same of Pulumi's own."""
        return _play(drawn, folder, Command(self.launcher, folder, ["pulumi"], self.virtualenv))


@contextlib.contextmanager
def engines(folder: Path) -> Iterator[Engines]:
    """Both of them, until the end."""
    launcher = Launcher("tests.conformance.quick")
    try:
        with environment(folder / "virtualenv") as virtualenv:
            yield Engines(launcher=launcher, virtualenv=virtualenv)
    finally:
        launcher.close()


def _play(drawn: Drawn, folder: Path, stage: Quick) -> Played:
    scenarios = folder / "scenarios"
    scenarios.mkdir()
    shutil.copy(judge().HERE / "scenarios" / "conf.py", scenarios)
    path = scenarios / "generated.py"
    path.write_text(drawn.text)
    with contextlib.redirect_stderr(io.StringIO()):
        return json.loads(json.dumps(played(judge().Scenario(path), stage)))


def differences(want: Played, got: Played) -> list[str]:
    """What differs, without what may: the order of steps that do not need each other."""
    found = []
    for left, right in zip(want, got, strict=True):
        pairs = [judge().settled(_settled(step)) for step in (left, right)]
        found += judge().differences(pairs[0], pairs[1], left["command"])
    return found


def _settled(step: dict[str, Any]) -> dict[str, Any]:
    if "plan" not in step:
        return step
    rows = sorted(step["plan"], key=lambda row: json.dumps(row, sort_keys=True))
    return {**step, "plan": rows}
