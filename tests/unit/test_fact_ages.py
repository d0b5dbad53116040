"""`make check` says which facts about the clouds were read long ago."""

import runpy
from datetime import date
from pathlib import Path

ROOT = Path(__file__).parents[2]
ages = runpy.run_path(str(ROOT / "scripts/fact_ages.py"))


def test_old_sources_are_told_once_the_oldest_first():
    """120 days are no warning yet."""
    today = date(2026, 11, 27)
    read = [("a", date(2026, 7, 30)), ("b", date(2026, 7, 29)), ("c", date(2025, 6, 30)), ("c", date(2025, 6, 30))]
    assert ages["old"](iter(read), today) == [(515, "c"), (121, "b")]


def test_every_fact_has_a_source_and_a_day():
    """Of the catalog's prices and of the policy's tables; none was read in the future."""
    facts = list(ages["facts"]())
    assert any("aws.amazon.com/lambda" in source for source, _ in facts)
    assert any("aws_actions.json" in source for source, _ in facts)
    assert [source for source, day in facts if day > date.today()] == []
