"""The parity page: ``python -m tests.contract.page [HOME …]`` asks homes of this machine, and writes docs/parity.md."""

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


def figures(rows: Mapping[str, str], missing: Mapping[str, str]) -> str:
    """How long answers took, a row a home; those that were never asked with the reason."""
    lines = ["| | median (ms) | 95th percentile (ms) | asked |", "| --- | --- | --- | --- |"]
    lines += [rows[home.name] for home in HOMES if home.name in rows]
    said = f"{SAMPLES} requests for `/time`, one after the other on one connection, each home alone."
    never = (f"{NOT_RUN}: {name}, {why}." for name, why in missing.items() if name not in rows)
    return "\n".join([*lines, "", said, *never])


def row(home: Home, took: Latency) -> str:
    """A home's row of figures, with when and on what they were taken."""
    cores = os.cpu_count() or 1
    machine = f"{cores} cores, load {os.getloadavg()[0] / cores:.1f} each, Python {platform.python_version()}"
    where = f"{datetime.now(UTC):%Y-%m-%d}, {machine}"
    return f"| {home.name} | {took.median:.1f} | {took.slowest_of_twenty:.1f} | {where} |"


def ran(page: str) -> dict[str, str]:
    """The homes that were asked when the page was written, each with its row of figures."""
    lines = between(page, FIGURES).splitlines()
    found = ((home.name, line) for home in HOMES for line in lines if line.startswith(f"| {home.name} |"))
    return dict(found)


def between(page: str, mark: str) -> str:
    """What stands between a mark and the next end."""
    return page.partition(mark)[2].partition(END)[0].strip()


def main(wanted: Collection[str]) -> int:
    """Ask the homes, all or those named, and write each into the page.

    1 where one does not do as the suite says it does; it is not written then.
    """
    wrong: list[str] = []
    missing = {home.name: why for home in HOMES if (why := why_not(home))}
    for home in HOMES:
        if home.name in missing or (wanted and home.name not in wanted):
            continue
        with tempfile.TemporaryDirectory() as folder, live(home, Path(folder)) as service:
            seen = {one.says: one.seen(service) for one in PROMISES}
            took = latency(service)
        differs = [one for one in PROMISES if seen[one.says] != home.differs.get(one.says, one.expected)]
        wrong += [f"{home.name}: {one.says}: {seen[one.says]} instead of {one.expected}" for one in differs]
        if not differs:
            _write(home, took, missing)
    print(PAGE.read_text(), *wrong, sep="\n")
    return 1 if wrong else 0


def _write(home: Home, took: Latency, missing: Mapping[str, str]) -> None:
    page = PAGE.read_text()
    rows = {**ran(page), home.name: row(home, took)}
    never = {**{one.name: "it was not asked yet" for one in HOMES}, **missing}
    PAGE.write_text(_with(_with(page, TABLE, behaviour(rows)), FIGURES, figures(rows, never)))


def _cell(home: Home, says: str, asked: Collection[str]) -> str:
    return home.differs.get(says, KEPT) if home.name in asked else NOT_RUN


def _with(page: str, mark: str, text: str) -> str:
    before, _, rest = page.partition(mark)
    return f"{before}{mark}\n{text}\n{END}{rest.partition(END)[2]}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
