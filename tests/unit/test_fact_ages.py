"""`make check` says which facts about the clouds are old, and fails for those that were not looked after."""

import runpy
import sys
from datetime import date
from pathlib import Path

import pytest

from slipway.catalog.price import PricePage

ROOT = Path(__file__).parents[2]
TODAY = date(2026, 11, 27)


@pytest.fixture(scope="module")
def ages():
    """The script's own names; a dataclass looks its module up."""
    module = type(sys)("fact_ages")
    sys.modules["fact_ages"] = module
    module.__dict__.update(runpy.run_path(str(ROOT / "scripts/fact_ages.py"), run_name="fact_ages"))
    return module


def test_old_sources_are_told_once_the_oldest_first(ages):
    """120 days are no warning yet; a search in vain is told."""
    known = [("a", date(2026, 7, 30)), ("b", date(2026, 7, 29)), ("c", date(2025, 6, 30)), ("c", date(2025, 6, 30))]
    facts = [ages.Fact(source=source, known=day, looked_after=max(day, date(2026, 7, 29))) for source, day in known]
    assert ages.warnings(facts, TODAY) == [
        "not confirmed for 515 days (looked for on 2026-07-29): c",
        "not confirmed for 121 days: b",
    ]


def test_what_was_not_looked_after_for_400_days_fails(ages):
    """400 days do not yet; an old price that was looked for lately does not."""
    old = date(2025, 6, 30)
    facts = [
        ages.Fact(source="a", known=old, looked_after=old),
        ages.Fact(source="b", known=old, looked_after=date(2026, 11, 27)),
        ages.Fact(source="c", known=date(2025, 10, 23), looked_after=date(2025, 10, 23)),
    ]
    assert ages.failures(facts, TODAY) == ["not looked after for 515 days: a"]


def test_every_fact_has_a_source_and_a_day(ages):
    """Of the catalog's prices and of the policy's tables; none was read in the future, and none fails today."""
    facts = list(ages.facts())
    assert any("aws.amazon.com/lambda" in fact.source for fact in facts)
    assert any("aws_actions.json" in fact.source for fact in facts)
    assert [fact.source for fact in facts if fact.looked_after > date.today()] == []
    assert ages.failures(facts, TODAY) == []


def test_a_confirmation_has_an_address_and_a_day():
    """The day is the text's own; the later of both days counts."""
    with pytest.raises(ValueError, match="an address and a day"):
        PricePage(url="u", region="", as_of="2025-06-30", confirmed_on="2026-01-01")
    page = PricePage(
        url="u", region="", as_of="2025-06-30", confirmed_by="v", confirmed_on="2026-01-01", sought_on="2026-02-01"
    )
    assert (page.known_on, page.looked_after_on) == ("2026-01-01", "2026-02-01")
