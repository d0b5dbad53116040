"""Every rule against its cases: one data file a rule, `tests/cases/policy/<rule>.yaml`."""

import copy
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from policy import Context, Resource
from policy.evaluation import judge
from policy.table import BY_ID, RULES
from policy.values import UNKNOWN
from slipway.wire.signatures import SECRET as SECRET_SIGNATURE
from slipway.wire.signatures import SIGNATURE, UNKNOWNS

CASES = Path(__file__).parents[2] / "cases" / "policy"
MARKS = {"<unknown>": min(UNKNOWNS), "<secret>": {SIGNATURE: SECRET_SIGNATURE, "value": "hush"}}


def cases(kind: str) -> list[Any]:
    found = []
    for path in sorted(CASES.glob("*.yaml")):
        data = YAML(typ="safe").load(path.read_text())
        for title, case in data[kind].items():
            case = {"resources": case} if isinstance(case, list) else case
            surroundings = {**data.get("context", {}), **case.get("context", {})}
            found.append(pytest.param(path.stem, surroundings, case, id=f"{path.stem}: {title}"))
    return found


def context(given: dict[str, Any]) -> Context:
    given = {
        **given,
        **({"allowed_regions": frozenset(given["allowed_regions"])} if "allowed_regions" in given else {}),
    }
    return Context(**{"stack": "test", "environment": "dev", "today": date(2026, 11, 21), **given})


def resources(given: list[dict[str, Any]]) -> tuple[Resource, ...]:
    return tuple(
        Resource.from_wire(
            props=wire(one["props"]),
            provider=wire(one.get("provider", {})),
            type=one["type"],
            name=one.get("name", "it"),
            urn=f"urn:pulumi:test::slipway::{one['type']}::{one.get('name', 'it')}",
            protect=one.get("protect", False),
            property_dependencies={key: tuple(urns) for key, urns in one.get("property_dependencies", {}).items()},
        )
        for one in given
    )


def wire(value: Any) -> Any:
    """The value as the engine would send it."""
    if isinstance(value, dict):
        return {key: wire(item) for key, item in value.items()}
    if isinstance(value, list):
        return [wire(item) for item in value]
    return MARKS.get(value, value) if isinstance(value, str) else value


def with_one_unknown(value: Any) -> list[Any]:
    """The value once for each place in it, with that place unknown."""
    places = [UNKNOWN]
    if isinstance(value, dict):
        for key, item in value.items():
            places += [{**value, key: other} for other in with_one_unknown(item)]
    if isinstance(value, list):
        for number, item in enumerate(value):
            places += [[*value[:number], other, *value[number + 1 :]] for other in with_one_unknown(item)]
    return places


def test_every_rule_has_a_case_that_passes_and_one_that_fails():
    """A rule without both is a rule nobody has seen work."""
    both = {path.stem for path in CASES.glob("*.yaml")} & {case.values[0] for case in cases("pass")}
    assert both & {case.values[0] for case in cases("fail")} == set(BY_ID)


def test_rules_have_ids_of_their_own():
    """Findings and exceptions name a rule by its id."""
    assert len(BY_ID) == len(RULES)


@pytest.mark.parametrize(("rule", "given", "case"), cases("pass"))
def test_what_is_right_passes(rule: str, given: dict[str, Any], case: dict[str, Any]):
    """The rule finds nothing."""
    assert list(judge(BY_ID[rule], resources(case["resources"]), context(given))) == []


@pytest.mark.parametrize(("rule", "given", "case"), cases("fail"))
def test_what_is_wrong_is_found(rule: str, given: dict[str, Any], case: dict[str, Any]):
    """Each fault is told with what, what is allowed and what was given, and ends with the rule's remedy."""
    declared = resources(case["resources"])
    findings = list(judge(BY_ID[rule], declared, context(given)))
    messages = "\n".join(finding.message for finding in findings)
    assert [part for part in case["says"] if part not in messages] == []
    assert [word for word in case.get("never", []) if word in messages] == []
    for finding in findings:
        assert (finding.rule, finding.level) == (rule, BY_ID[rule].level)
        assert finding.message.endswith(BY_ID[rule].remedy)
        assert finding.urn in {"", *(resource.urn for resource in declared)}


@pytest.mark.parametrize(("rule", "given", "case"), cases("pass"))
def test_what_is_unknown_counts_as_the_worst_and_says_so(rule: str, given: dict[str, Any], case: dict[str, Any]):
    """Of what passes, any one value may be unknown: a finding about it says that it is not known yet."""
    for everything, _, place in with_unknowns(resources(case["resources"])):
        found = [finding.message for finding in judge(BY_ID[rule], everything, context(given))]
        assert [message for message in found if "not known until deployed, and" not in message] == [], place


@pytest.mark.parametrize(("rule", "given", "case"), cases("pass"))
def test_an_identifier_of_the_stacks_own_is_no_fault(rule: str, given: dict[str, Any], case: dict[str, Any]):
    """What is computed from another resource of the stack is one of its identifiers, and so none of the worst."""
    for everything, number, place in with_unknowns(resources(case["resources"])):
        if rule.startswith("aws-s3-"):
            continue  # there a dependency tells which bucket is meant, and a flag is no identifier
        resource = everything[number]
        linked = replace(resource, property_dependencies={**resource.property_dependencies, place: ("urn",)})
        everything = (*everything[:number], linked, *everything[number + 1 :])
        assert list(judge(BY_ID[rule], everything, context(given))) == [], place


def with_unknowns(declared: tuple[Resource, ...]) -> Iterator[tuple[tuple[Resource, ...], int, str]]:
    """The resources with one value of one of them unknown; which resource, and which property."""
    for number, resource in enumerate(declared):
        for key, value in resource.props.items():
            for other in with_one_unknown(copy.deepcopy(value)):
                changed = replace(resource, props={**resource.props, key: other})
                yield (*declared[:number], changed, *declared[number + 1 :]), number, key
