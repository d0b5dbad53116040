"""Says which facts about the clouds are old: the pages of prices, and the tables of permissions and roles.

A warning for what no text has confirmed for 120 days. An error for what was not looked after for 400 days: neither
confirmed nor looked for in vain. A price that could not be confirmed is told in each review that uses it.
"""

import json
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from slipway.catalog.price import Free
from slipway.catalog.table import CATALOG

WARN, FAIL = 120, 400
"""Days."""
TABLES = Path(__file__).parents[1] / "policy/tables"


@dataclass(frozen=True, kw_only=True)
class Fact:
    """A source of facts."""

    source: str
    known: date
    """The last day of which a text says them."""
    looked_after: date
    """The last day on which they were read, or a confirmation was looked for."""


def facts() -> Iterator[Fact]:
    """Every source of prices and tables."""
    for row in CATALOG.values():
        pages = (row.price.page,) if isinstance(row.price, Free) else [price.page for price in row.price]
        for page in (page for page in pages if page):
            yield Fact(
                source=f"{page.url} ({page.region or 'every region'})",
                known=date.fromisoformat(page.known_on),
                looked_after=date.fromisoformat(page.looked_after_on),
            )
    for path in sorted(TABLES.glob("*.json")):
        day = date.fromisoformat(json.loads(path.read_text(encoding="utf-8"))["as_of"])
        yield Fact(source=f"policy/tables/{path.name}", known=day, looked_after=day)


def warnings(all_facts: Iterable[Fact], today: date) -> list[str]:
    """A line for each source that was not confirmed for :data:`WARN` days, the oldest first."""
    ages = {((today - fact.known).days, fact) for fact in all_facts}
    old = sorted(((days, fact) for days, fact in ages if days > WARN), key=lambda one: (-one[0], one[1].source))
    return [f"not confirmed for {days} days{_in_vain(fact)}: {fact.source}" for days, fact in old]


def failures(all_facts: Iterable[Fact], today: date) -> list[str]:
    """A line for each source that was not looked after for :data:`FAIL` days."""
    ages = {((today - fact.looked_after).days, fact.source) for fact in all_facts}
    return [f"not looked after for {days} days: {source}" for days, source in sorted(ages) if days > FAIL]


def _in_vain(fact: Fact) -> str:
    return f" (looked for on {fact.looked_after})" if fact.looked_after > fact.known else ""


def main() -> int:
    """Print the lines; 1 if a fact is too old to be relied on."""
    all_facts, today = tuple(facts()), date.today()
    for line in warnings(all_facts, today):
        sys.stdout.write(f"warning: {line}\n")
    too_old = failures(all_facts, today)
    for line in too_old:
        sys.stdout.write(f"error: {line}: read it again (CONTRIBUTING.md says how)\n")
    return 1 if too_old else 0


if __name__ == "__main__":
    sys.exit(main())
