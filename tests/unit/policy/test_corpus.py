"""The corpus: ways around the rules that are all found, and harmless look-alikes that are not, a data file each."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from policy import Context, Resource
from policy.evaluation import judge
from policy.table import BY_ID
from slipway.wire.signatures import SECRET, SIGNATURE, UNKNOWN

CASES = Path(__file__).parents[2] / "cases" / "policy"
EVASIONS = sorted((CASES / "evasions").glob("*.yaml"))
HARMLESS = sorted((CASES / "harmless").glob("*.yaml"))
MARKS = {"<unknown>": UNKNOWN, "<secret>": {SIGNATURE: SECRET, "value": "hush"}}


def findings(case: dict[str, Any]) -> list[str]:
    """What the case's rules find of its resources, in a real stack, without the remedies."""
    context = Context(stack="test", environment="dev", today=date(2026, 11, 21), **case.get("context", {}))
    declared = tuple(resource(one) for one in case["resources"])
    return [
        f"{finding.rule}: {finding.message}".removesuffix(f" {BY_ID[rule].remedy}")
        for rule in case["rules"]
        for finding in judge(BY_ID[rule], declared, context)
    ]


def read(path: Path) -> dict[str, Any]:
    return YAML(typ="safe").load(path.read_text())


def resource(given: dict[str, Any]) -> Resource:
    name = given.get("name", "it")
    return Resource.from_wire(
        type=given["type"],
        name=name,
        urn=f"urn:pulumi:test::slipway::{given['type']}::{name}",
        props=wire(given["props"]),
        property_dependencies={key: tuple(urns) for key, urns in given.get("property_dependencies", {}).items()},
    )


def wire(value: Any) -> Any:
    """The value as the engine would send it."""
    if isinstance(value, dict):
        return {key: wire(part) for key, part in value.items()}
    if isinstance(value, list):
        return [wire(part) for part in value]
    return MARKS.get(value, value) if isinstance(value, str) else value


@pytest.mark.parametrize("path", EVASIONS, ids=lambda path: path.stem)
def test_an_evasion_is_found(path: Path):
    """Whatever its spelling, it means what the rule forbids, and the finding says what is wrong with it."""
    case = read(path)
    assert findings(case) == case["finds"] != []


@pytest.mark.parametrize("path", HARMLESS, ids=lambda path: path.stem)
def test_a_harmless_look_alike_is_left_alone(path: Path):
    """It is spelled like what a rule forbids and means something else."""
    assert findings(read(path)) == []


def test_the_corpus_is_large_enough_to_be_trusted():
    """Both kinds have at least 120 cases."""
    assert min(len(EVASIONS), len(HARMLESS)) >= 120
