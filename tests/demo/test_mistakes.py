"""A user's mistakes, one a file of ``tests/cases/mistakes``: a message that is whole, and nothing half applied."""

import json
import os
import re
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from slipway.engine import api
from tests.checklist import lacks
from tests.demo.clones import Clone
from tests.unit.stacks.test_settings import changed

pytestmark = [pytest.mark.slow, pytest.mark.services]

CASES = Path(__file__).parents[1] / "cases"
MISTAKES = sorted((CASES / "mistakes").glob("*.yaml"))
SETTINGS = sorted((CASES / "settings").glob("*.yaml"))
STACK_FILE = "stacks/Pulumi.sandbox.yaml"
LOCKS = ".slipway/state/.pulumi/locks/organization/slipway/sandbox"
DEAD = 4_000_000
"""A process id that no process has: it is over the kernel's limit."""
APP = "hello-function"
PYTHONS = re.compile(r"Traceback|Error\b")


class Mistaken:
    """A clone in which a case's mistake is made, and taken back at the end of a ``with``."""

    def __init__(self, clone: Clone, case: dict[str, Any], backup: Path) -> None:
        self._clone, self._case, self._backup = clone, case, backup
        self._before: dict[str, Path | None] = {}

    def __enter__(self) -> None:
        root, case = self._clone.folder, self._case
        for name in case.get("remove", ()):
            _remove(self._place(name))
        for name, text in {**case.get("files", {}), **case.get("latin", {})}.items():
            place = self._place(name)
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(text, encoding="latin-1" if name in case.get("latin", {}) else "utf-8")
        for name, text in case.get("append", {}).items():
            place = self._place(name)
            place.write_text(place.read_text() + text)
        for name, target in case.get("link", {}).items():
            self._place(name).symlink_to(target)
        for name, (old, new) in case.get("replace", {}).items():
            place = self._place(name)
            text = place.read_text()
            assert old in text
            place.write_text(text.replace(old, new))
        if "truncate" in case:
            place = self._place(case["truncate"])
            os.truncate(place, place.stat().st_size // 2)
        if "change" in case:
            place = self._place(STACK_FILE)
            document = yaml.safe_load(place.read_text())
            place.write_text(yaml.safe_dump({**document, "config": changed(document["config"], case["change"])}))
        if case.get("lock"):
            self._place(LOCKS).mkdir(parents=True, exist_ok=True)
            owner = {
                "pid": DEAD,
                "username": "anna",
                "hostname": socket.gethostname(),
                "timestamp": "2026-11-01T10:00:00Z",
            }
            (root / LOCKS / "0b1e2f3a-0000-4000-8000-000000000000.json").write_text(json.dumps(owner))

    def __exit__(self, *_error: object) -> None:
        for name, copy in self._before.items():
            place = self._clone.folder / name
            _remove(place)
            if copy is not None:
                copy.rename(place)

    def _place(self, name: str) -> Path:
        place, copy = self._clone.folder / name, self._backup / str(len(self._before))
        if name not in self._before:
            there = place.exists()
            if there:
                (shutil.copytree if place.is_dir() else shutil.copy2)(place, copy)
            self._before[name] = copy if there else None
        return place


@pytest.fixture(scope="module")
def clones(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[bool, Clone]]:
    """A clone that was never up, and one with an app that is live."""
    made = {live: Clone(tmp_path_factory.mktemp("mistakes") / "clone", "embedded") for live in (False, True)}
    for clone in made.values():
        clone.keep_only(APP)
    made[True].verb("up")
    yield made
    assert "nothing is left" in made[True].verb("destroy", "--yes")
    made[False].run("sandbox", "stop", status=None)


@pytest.mark.parametrize("path", MISTAKES, ids=lambda path: path.stem)
def test_a_mistake_is_said_and_nothing_is_half_applied(path: Path, clones: dict[bool, Clone], tmp_path: Path):
    """The status says so, the message is whole, no traceback is shown, and the state has the same resources."""
    case = yaml.safe_load(path.read_text())
    clone = clones[case.get("live", False)]
    words = case["command"].split()
    if words[0] == "up" and "--engine" not in words:
        words += ["--engine", "embedded"]
    before = made_of(clone)
    with Mistaken(clone, case, tmp_path):
        printed = clone.run(*words, status=case["status"], **case.get("environment", {}))
    assert made_of(clone) == before
    text = " ".join(printed.split())
    assert [part for part in case["message"] if part not in text] == [], printed
    # Of code that does not run the place in it is shown, as Python says it.
    own = [line for line in printed.splitlines() if not (case.get("traceback") and PYTHONS.search(line))]
    assert lacks("\n".join(own)) == [], printed


def made_of(clone: Clone) -> list[tuple[str, str, Any]]:
    """What a clone's state says was made, and of what."""
    state = clone.folder / ".slipway/state"
    if not (state / ".pulumi/stacks/slipway/sandbox.json").exists():
        return []
    resources = api.resources(api.states(clone.folder, f"file://{state}"), "sandbox")
    made = [(entry["urn"], entry.get("id", ""), entry.get("inputs")) for entry in resources if entry.get("custom")]
    return sorted(made, key=lambda entry: entry[0])


@pytest.mark.parametrize("path", SETTINGS, ids=lambda path: path.stem)
def test_a_message_about_settings_is_whole(path: Path):
    """Each of its lines names the setting, and what is allowed or what to do."""
    first, *lines = yaml.safe_load(path.read_text())["message"].splitlines()
    assert {line: absent for line in lines or [first] if (absent := lacks(line))} == {}


@pytest.mark.parametrize(
    ("message", "lack"),
    [
        ("it failed", "where"),
        ("stacks/Pulumi.dev.yaml is wrong", "what to do"),
        ("config.yaml: 'list' object has no attribute 'get': write it anew", "plain words"),
        ("--stack: say one, `slipway stack list` shows them", "no command"),
    ],
)
def test_the_checklist_notices(message: str, lack: str):
    """A message that leaves the reader alone is found."""
    assert lack in " ".join(lacks(message))


def _remove(place: Path) -> None:
    if place.is_dir() and not place.is_symlink():
        shutil.rmtree(place)
    else:
        place.unlink(missing_ok=True)
