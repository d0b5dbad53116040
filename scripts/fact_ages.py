"""Says which facts about the clouds were read long ago: the pages of prices, and the tables of permissions and roles.

A warning from 120 days on; with ``--strict`` facts of more than 400 days are an error.
"""

import json
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from slipway.catalog.price import Free
from slipway.catalog.table import CATALOG

WARN, FAIL = 120, 400
"""Days."""
TABLES = Path(__file__).parents[1] / "policy/tables"


def facts() -> Iterator[tuple[str, date]]:
    """Where each fact was read, and when."""
    for row in CATALOG.values():
        for price in () if isinstance(row.price, Free) else row.price:
            yield f"{price.page.url} ({price.page.region or 'every region'})", date.fromisoformat(price.page.as_of)
    for path in sorted(TABLES.glob("*.json")):
        document = json.loads(path.read_text(encoding="utf-8"))
        yield f"policy/tables/{path.name}", date.fromisoformat(document["as_of"])


def old(read: Iterator[tuple[str, date]], today: date) -> list[tuple[int, str]]:
    """Age in days and source of what is older than :data:`WARN` days, each source once, the oldest first."""
    ages = {(source, (today - day).days) for source, day in read}
    return sorted(((days, source) for source, days in ages if days > WARN), key=lambda one: (-one[0], one[1]))


def main() -> int:
    """Print the warnings; 1 with ``--strict`` if a fact is too old to be relied on."""
    aged = old(facts(), date.today())
    for days, source in aged:
        sys.stdout.write(f"warning: read {days} days ago: {source}\n")
    too_old = [source for days, source in aged if days > FAIL]
    if too_old and "--strict" in sys.argv:
        sys.stdout.write(f"error: {len(too_old)} sources were read more than {FAIL} days ago: read them again\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
