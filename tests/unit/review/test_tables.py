"""The tables: what things cost, and what of them outlives a destroy."""

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from slipway.review.findings import Declared
from slipway.review.leftovers import leftovers
from slipway.review.model import Item
from slipway.review.prices import cost

CASES = Path(__file__).parents[2] / "cases" / "review"
yaml = YAML(typ="safe", pure=True)
OPS = {(True, True): "update", (False, True): "create", (True, False): "delete"}


def declared(given: dict[str, Any], inputs: dict[str, Any]) -> Declared:
    return Declared(
        urn="urn:pulumi:s::p::x::n",
        type=given["type"],
        inputs=inputs,
        protect=given.get("protect", False),
        retain=given.get("retain", False),
        deleted_with=given.get("deleted_with", ""),
        property_dependencies={},
    )


@pytest.mark.parametrize("case", yaml.load(CASES / "prices" / "all.yaml"), ids=lambda case: case["name"])
def test_what_a_change_costs(case: dict[str, Any]):
    """Fixed prices are added up, what is paid by use is told, and what has no row is said to have none."""
    sides = ["old" in case, "new" in case]
    item = Item(urn="urn:pulumi:s::p::x::n", type=case["type"], name="n", op=OPS[tuple(sides)])
    new, old = ([declared(case, case[side])] if side in case else [] for side in ("new", "old"))
    costs = cost([item], new, old, date(2026, 11, 21))
    assert costs.unpriced == ((case["type"],) if case.get("unpriced") else ())
    assert [row.monthly for row in costs.rows] == ([case["monthly"]] if "monthly" in case else [])
    usage, priced_as = (costs.rows[0].usage, costs.rows[0].priced_as) if costs.rows else ((), "")
    assert bool(usage) == bool(case.get("usage", False))
    assert [part for part in case.get("words", ()) if part not in ", ".join(usage)] == []
    assert priced_as == case.get("priced_as", "")
    assert costs.monthly == case.get("monthly", "0.00")


def test_an_app_engine_version_is_priced_where_the_projects_application_is():
    """A version names no region of its own; the application's older name of a region counts as the region."""
    type = "gcp:appengine/standardAppVersion:StandardAppVersion"
    version = declared({"type": type}, {"instanceClass": "F1"})
    item = Item(urn=version.urn, type=type, name="n", op="create")
    for location, expected in (("europe-west", ""), ("europe-west3", "us-central1")):
        place = replace(
            declared({"type": "gcp:appengine/application:Application"}, {"locationId": location}), urn="urn:application"
        )
        assert [row.priced_as for row in cost([item], [version, place], [], date(2026, 11, 21)).rows] == [expected]


def test_what_does_not_change_costs_nothing():
    """An unchanged resource is no row, whatever it costs."""
    given = {"type": "aws:cloudwatch/metricAlarm:MetricAlarm"}
    item = Item(urn="urn:pulumi:s::p::x::n", type=given["type"], name="n", op="same")
    assert cost([item], [declared(given, {})], [declared(given, {})], date(2026, 11, 21)).rows == ()


def test_what_a_stack_expects_is_told_beside_the_prices():
    """In the row of the function, whose requests they are; without a word of the stack there is none."""
    given = {"type": "aws:lambda/function:Function"}
    item = Item(urn="urn:pulumi:s::p::x::n", type=given["type"], name="n", op="create")
    told, silent = (
        cost([item], [declared(given, {})], [], date(2026, 11, 21), expected).rows[0].usage
        for expected in ("1e6 requests a month", "")
    )
    assert told == (*silent, "0.20 a month for 1000000 requests; how long they take is not known")


@pytest.mark.parametrize("case", yaml.load(CASES / "leftovers" / "all.yaml"), ids=lambda case: str(case)[:80])
def test_what_a_destroy_leaves(case: dict[str, Any]):
    """Each rule of the tables says what stays or blocks, and nothing of what does neither."""
    found = leftovers([declared(case, case.get("inputs", {}))], {"urn:pulumi:s::p::x::n"})
    assert {one.what: one.blocks for one in found} == case["leftovers"]
    assert all(one.new for one in found)
