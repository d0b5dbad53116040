"""The parity page: ``python -m tests.contract.page`` asks every home there is here, and writes docs/parity.md."""

import os
import platform
import sys
import tempfile
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from pathlib import Path

from tests.contract.home import Home
from tests.contract.homes import HOMES
from tests.contract.live import live, why_not
from tests.contract.promises import PROMISES, SAMPLES, Latency, latency

PAGE = Path(__file__).parents[2] / "docs" / "parity.md"
KEPT, NOT_RUN = "yes", "not run"
TABLE, FIGURES, END = "<!-- behaviour -->", "<!-- latency -->", "<!-- end -->"


def behaviour(ran: Collection[str]) -> str:
    """What each home that ``ran`` keeps of what is promised, as the suite holds it; a row a promise."""
    lines = [
        f"| | promised | {' | '.join(home.name for home in HOMES)} |",
        f"| --- | --- |{' --- |' * len(HOMES)}",
        *(
            f"| {one.says} | {one.expected} | {' | '.join(_cell(home, one.says, ran) for home in HOMES)} |"
            for one in PROMISES
        ),
        f"| clock in the test | | {' | '.join('stopped' if home.freezes else 'runs' for home in HOMES)} |",
    ]
    notes = [f"- {home.note}" for home in HOMES if home.note]
    return "\n".join([*lines, "", *notes])


def figures(found: Mapping[str, Latency], missing: Mapping[str, str]) -> str:
    """How long answers took, a row a home; those that were not asked with the reason."""
    lines = ["| | median (ms) | 95th percentile (ms) |", "| --- | --- | --- |"]
    lines += [f"| {name} | {took.median:.1f} | {took.slowest_of_twenty:.1f} |" for name, took in found.items()]
    said = f"{SAMPLES} requests for `/time`, one after the other on one connection, each home alone; "
    said += f"{datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores, Python {platform.python_version()}."
    return "\n".join([*lines, "", said, *(f"{NOT_RUN}: {name}, {why}." for name, why in missing.items())])


def ran(page: str) -> set[str]:
    """The homes that were asked when the page was written."""
    rows = between(page, FIGURES).splitlines()
    return {home.name for home in HOMES if any(row.startswith(f"| {home.name} |") for row in rows)}


def between(page: str, mark: str) -> str:
    """What stands between a mark and the next end."""
    return page.partition(mark)[2].partition(END)[0].strip()


def main() -> int:
    """Ask the homes and write the page; 1, and nothing written, where one does not do as the suite says it does."""
    found: dict[str, Latency] = {}
    missing: dict[str, str] = {}
    wrong: list[str] = []
    for home in HOMES:
        if why := why_not(home):
            missing[home.name] = why
            continue
        with tempfile.TemporaryDirectory() as folder, live(home, Path(folder)) as service:
            for one in PROMISES:
                seen, wanted = one.seen(service), home.differs.get(one.says, one.expected)
                wrong += [] if seen == wanted else [f"{home.name}: {one.says}: {seen} instead of {wanted}"]
            found[home.name] = latency(service)
    print(behaviour(found), figures(found, missing), *wrong, sep="\n\n")
    if not wrong:
        page = _with(_with(PAGE.read_text(), TABLE, behaviour(found)), FIGURES, figures(found, missing))
        PAGE.write_text(page)
    return 1 if wrong else 0


def _cell(home: Home, says: str, asked: Collection[str]) -> str:
    return home.differs.get(says, KEPT) if home.name in asked else NOT_RUN


def _with(page: str, mark: str, text: str) -> str:
    before, _, rest = page.partition(mark)
    return f"{before}{mark}\n{text}\n{END}{rest.partition(END)[2]}"


if __name__ == "__main__":
    sys.exit(main())
