"""The sandbox's Diff against what the real Google plugin answered: every row of ``diffs.json`` is played."""

import json
from importlib.resources import files
from typing import Any

import pytest
from pulumi.runtime.proto import provider_pb2

from slipway.providers.protocol.changes import Inputs, decide
from slipway.providers.protocol.facts import Effect
from slipway.sandbox.docker.package import PACKAGE as DOCKER
from slipway.sandbox.facts import table
from slipway.sandbox.gcp.package import PACKAGE as GCP
from slipway.sandbox.handler import Asset

DIFFS: dict[str, dict[str, str]] = json.loads(files("slipway.sandbox.facts").joinpath("diffs.json").read_text())
SCHEMAS = json.loads(files("slipway.sandbox.facts").joinpath("schemas.json").read_text())
ROWS = [(type, key, effect) for type, effects in DIFFS.items() for key, effect in effects.items()]
VALUES: dict[str, tuple[Any, Any]] = {
    "string": ("old", "new"),
    "boolean": (False, True),
    "integer": (1, 2),
    "number": (1.5, 2.5),
    "map of string": ({"a": "b"}, {"a": "c"}),
    "list of string": (["a"], ["b"]),
    "Asset": (Asset(sha256="1" * 64), Asset(sha256="2" * 64)),
}
"""A value before and after, by the type of the input; that of an object differs in one of its properties."""
REMOVED = {("gcp:cloudrunv2/service:Service", "traffics")}
"""Rows of which "changed" means that the program left the input out: the cloud then keeps what it has."""


@pytest.fixture
def call(serving: Any, google: dict[str, str]) -> Any:
    caller = serving(GCP, google)
    caller.configure(project="demo-project")
    return caller


@pytest.mark.parametrize(("type", "key", "effect"), ROWS, ids=[f"{type.split(':')[-1]}.{key}" for type, key, _ in ROWS])
def test_a_changed_property_does_what_the_plugin_says(call: Any, type: str, key: str, effect: str) -> None:
    """Update, replace, replace with the old one deleted first, no change or refused, where the name is given."""
    old, new = VALUES.get(SCHEMAS[type]["inputs"][key]["type"], ([{"x": "old"}], [{"x": "new"}]))
    name = GCP.handlers[type].auto_name
    before = {**({name: "given"} if name else {}), key: old}
    after = {**before, key: new, "__defaults": []}
    if (type, key) in REMOVED:
        del after[key]
    assert _effect(call, type, before, after) == effect


def _effect(call: Any, type: str, before: dict[str, Any], after: dict[str, Any]) -> str:
    try:
        answer = call.diff(type, before, after)
    except Exception:
        return Effect.REFUSED
    if answer.changes == provider_pb2.DiffResponse.DIFF_NONE:
        return Effect.NONE
    if not answer.replaces:
        return Effect.UPDATE
    return Effect.DELETE_FIRST if answer.deleteBeforeReplace else Effect.REPLACE


def test_a_moved_share_of_the_requests_is_a_change(call: Any) -> None:
    """The measured row is of an input that was left out: shares that are written down are obeyed."""
    old = {"name": "web", "traffics": [{"revision": "a", "percent": 60}, {"revision": "b", "percent": 40}]}
    new = {"name": "web", "traffics": [{"revision": "b", "percent": 100}], "__defaults": []}
    assert _effect(call, "gcp:cloudrunv2/service:Service", old, new) == Effect.UPDATE


def test_an_automatic_name_leaves_the_old_one_until_the_new_one_is_there(call: Any) -> None:
    """The new one gets a name of its own, so both can be there."""
    type = "gcp:storage/bucket:Bucket"
    before = {"name": "made-up", "location": "EU"}
    after = {"name": "made-up", "location": "US", "__defaults": ["name"]}
    assert _effect(call, type, before, after) == Effect.REPLACE


@pytest.mark.parametrize(
    ("package", "type"), [(p, type) for p in (GCP, DOCKER) for type in sorted(p.handlers.keys() & table.of(p.name))]
)
def test_a_handler_names_no_property_that_the_plugin_lacks(package: Any, type: str) -> None:
    """What a handler computes, settles or names is an input or an output of the real type."""
    handler, facts = package.handlers[type], table.of(package.name)[type]
    named = handler.computed | handler.volatile | handler.settled | ({handler.auto_name} - {""})
    assert named <= facts.inputs | facts.outputs


@pytest.mark.parametrize(
    ("package", "type"), [(p, type) for p in (GCP, DOCKER) for type in sorted(p.handlers.keys() & table.of(p.name))]
)
def test_a_handler_has_the_outputs_of_the_plugin(package: Any, type: str) -> None:
    """Every output of the real type is there, so that a preview of the sandbox knows and lacks the same ones."""
    handler, facts = package.handlers[type], table.of(package.name)[type]
    assert facts.outputs <= handler.computed


OTHERWISE = {
    ("docker:index/image:Image", "buildOnPreview"): "it says what a preview does, and is no difference",
    ("docker:index/volume:Volume", "cluster"): "each of its parts replaces, which the schema does not say of the whole",
}
UNMEASURED = [
    (package, type, key)
    for package in (GCP, DOCKER)
    for type in sorted(package.handlers.keys() & SCHEMAS.keys())
    for key in SCHEMAS[type]["inputs"]
    if key not in DIFFS.get(type, {}) and (type, key) not in OTHERWISE
]


@pytest.mark.parametrize(("package", "type", "key"), UNMEASURED)
def test_a_property_that_was_not_measured_does_what_the_schema_says(package: Any, type: str, key: str) -> None:
    """It replaces where the schema says so, and only there."""
    input = SCHEMAS[type]["inputs"][key]
    old, new = VALUES.get(input["type"], ([{"x": "old"}], [{"x": "new"}]))
    sides = Inputs(old={key: old}, new={key: new}, state={}, derived={}, filled_in=frozenset(), refusable=False)
    outcome = decide(package, package.handlers[type], table.of(package.name)[type], sides)
    assert outcome.changes
    assert any(change.replaces for change in outcome.changes) == bool(input.get("replaces"))
