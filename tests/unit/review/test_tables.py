"""The tables: what things cost, and what of them outlives a destroy."""

import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from slipway.review.findings import Declared
from slipway.review.leftovers import leftovers
from slipway.review.model import Item
from slipway.review.prices import TABLE, Prices

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
        property_dependencies={},
    )


@pytest.mark.parametrize("case", yaml.load(CASES / "prices" / "all.yaml"), ids=lambda case: case["name"])
def test_what_a_change_costs(case: dict[str, Any]):
    """Fixed prices are added up, what is paid by use is told, and what has no row is said to have none."""
    sides = ["old" in case, "new" in case]
    item = Item(urn="urn:pulumi:s::p::x::n", type=case["type"], name="n", op=OPS[tuple(sides)])
    new, old = ([declared(case, case[side])] if side in case else [] for side in ("new", "old"))
    cost = Prices.load().cost([item], new, old)
    assert cost.unpriced == ((case["type"],) if case.get("unpriced") else ())
    assert [row.monthly for row in cost.rows] == ([case["monthly"]] if "monthly" in case else [])
    assert bool(cost.rows and cost.rows[0].usage) == case.get("usage", False)
    assert cost.monthly == case.get("monthly", "0.00")


def test_what_does_not_change_costs_nothing():
    """An unchanged resource is no row, whatever it costs."""
    given = {"type": "aws:cloudwatch/metricAlarm:MetricAlarm"}
    item = Item(urn="urn:pulumi:s::p::x::n", type=given["type"], name="n", op="same")
    assert Prices.load().cost([item], [declared(given, {})], [declared(given, {})]).rows == ()


def test_every_price_says_where_it_is_from_and_as_of_when():
    """A row without a source or a date is none that anybody can renew."""
    table = yaml.load(TABLE)
    for row in [*table["rows"], table["free"]]:
        assert date.fromisoformat(str(row["as_of"])) <= date.today()
    for row in table["rows"]:
        assert row["source"].startswith("https://")
        assert all(re.match(r"\d+\.\d+ ", text) for text in row.get("usage", []))


@pytest.mark.parametrize("case", yaml.load(CASES / "leftovers" / "all.yaml"), ids=lambda case: str(case)[:80])
def test_what_a_destroy_leaves(case: dict[str, Any]):
    """Each rule of the tables says what stays or blocks, and nothing of what does neither."""
    found = leftovers([declared(case, case.get("inputs", {}))], {"urn:pulumi:s::p::x::n"})
    assert {one.what: one.blocks for one in found} == case["told"]
    assert all(one.new for one in found)
