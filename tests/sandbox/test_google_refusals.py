"""What Google refuses, the sandbox refuses in the same words: a file a case under ``cases/gcp``.

A case is a list of steps. ``create``, ``update``, ``delete`` and ``check`` name a type; ``refused`` is the whole error
that the step has to end with, without it the step has to work; ``made_by`` is the index of the step whose resource is
meant; ``given`` puts a record into the store; ``{number:ID}`` in an error is that project's number. Every refusal has
Google's answer to a request in it, but those with ``by: provider``, which the provider makes without asking.
"""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from slipway.providers.protocol import wire
from slipway.sandbox.gcp.package import PACKAGE
from slipway.sandbox.stores.google import Record, Store, store_path

CASES = sorted((Path(__file__).parent / "cases" / "gcp").glob("*.json"))


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.stem)
def test_case(case: Path, serving: Any, google: dict[str, str], refusals: list[str], tmp_path: Path) -> None:
    """Every step ends as its file says."""
    caller = serving(PACKAGE, google)
    caller.configure()
    store = Store(store_path(tmp_path))
    made: list[tuple[str, Any]] = []
    for step in json.loads(case.read_text(encoding="utf-8"))["steps"]:
        refusals.clear()
        try:
            made.append(act(caller, store, step, made))
        except Exception as refusal:
            expected = re.sub(
                r"\{number:(.*?)\}",
                lambda m: store.project(m[1]).number,
                step.get("refused", ""),  # type: ignore[union-attr]
            )
            assert str(refusal) == expected
            asked = any(words in expected for words in refusals)
            assert asked != (step.get("by") == "provider"), refusals
            made.append(("", {}))
        else:
            assert "refused" not in step, f"the step worked: {step}"


def act(caller: Any, store: Store, step: dict[str, Any], made: list[tuple[str, Any]]) -> tuple[str, Any]:
    """One step; the id and the properties it leaves."""
    if "given" in step:
        with store.transaction() as now:
            now.put(step["given"], Record(step["name"], step["project"], step["body"]))
        return step["name"], step["body"]
    if "check" in step:
        assert caller.failures(step["check"], step["inputs"]) == step["failures"]
        return "", {}
    if "create" in step:
        return caller.made(step["create"], step["inputs"])
    id, state = made[step["made_by"]] if "made_by" in step else (step["id"], step.get("state", {}))
    if "update" in step:
        inputs = caller.checked(step["update"], step["inputs"], state)
        caller.diff(step["update"], state, inputs)
        return id, wire.plain_props(caller.update(step["update"], id, state, inputs))
    caller.delete(step["delete"], id, state)
    assert caller.read(step["delete"], id, state).id == "" or "Application" in step["delete"]
    return id, state


def test_there_are_cases() -> None:
    """An empty folder would pass for a clean bill."""
    assert len(CASES) > 30
