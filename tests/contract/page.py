"""The parity page: ``python -m tests.contract.page [PLATFORM …]`` asks them here, and writes docs/parity.md."""

import os
import sys
import tempfile
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from pathlib import Path
from platform import python_version

from tests.contract.live import live, why_not
from tests.contract.platform import Platform
from tests.contract.platforms import PLATFORMS
from tests.contract.promises import PROMISES, SAMPLES, Latency, latency

PAGE = Path(__file__).parents[2] / "docs" / "parity.md"
KEPT, NOT_RUN = "yes", "not run"
TABLE, FIGURES, END = "<!-- behaviour -->", "<!-- latency -->", "<!-- end -->"


def behaviour(ran: Collection[str]) -> str:
    """What each platform that ``ran`` keeps of what is promised, as the suite holds it; a row a promise."""
    lines = [
        f"| | promised | {' | '.join(platform.name for platform in PLATFORMS)} |",
        f"| --- | --- |{' --- |' * len(PLATFORMS)}",
        *(
            f"| {one.says} | {one.expected} | {' | '.join(_cell(platform, one.says, ran) for platform in PLATFORMS)} |"
            for one in PROMISES
        ),
        f"| clock in the test | | {' | '.join('stopped' if platform.freezes else 'runs' for platform in PLATFORMS)} |",
    ]
    notes = [f"- {platform.note}" for platform in PLATFORMS if platform.note]
    return "\n".join([*lines, "", *notes])


def figures(rows: Mapping[str, str], missing: Mapping[str, str]) -> str:
    """How long answers took, a row a platform; those that were never asked with the reason."""
    lines = ["| | median (ms) | 95th percentile (ms) | asked |", "| --- | --- | --- | --- |"]
    lines += [rows[platform.name] for platform in PLATFORMS if platform.name in rows]
    said = f"{SAMPLES} requests for `/time`, one after the other on one connection, each platform alone."
    never = (f"{NOT_RUN}: {name}, {why}." for name, why in missing.items() if name not in rows)
    return "\n".join([*lines, "", said, *never])


def row(platform: Platform, took: Latency) -> str:
    """A platform's row of figures, with when and on what they were taken."""
    cores = os.cpu_count() or 1
    machine = f"{cores} cores, load {os.getloadavg()[0] / cores:.1f} each, Python {python_version()}"
    where = f"{datetime.now(UTC):%Y-%m-%d}, {machine}"
    return f"| {platform.name} | {took.median:.1f} | {took.slowest_of_twenty:.1f} | {where} |"


def ran(page: str) -> dict[str, str]:
    """The platforms that were asked when the page was written, each with its row of figures."""
    lines = between(page, FIGURES).splitlines()
    found = (
        (platform.name, line) for platform in PLATFORMS for line in lines if line.startswith(f"| {platform.name} |")
    )
    return dict(found)


def between(page: str, mark: str) -> str:
    """What stands between a mark and the next end."""
    return page.partition(mark)[2].partition(END)[0].strip()


def main(wanted: Collection[str]) -> int:
    """Ask the platforms, all or those named, and write each into the page.

    1 where one does not do as the suite says it does; it is not written then.
    """
    wrong: list[str] = []
    missing = {platform.name: why for platform in PLATFORMS if (why := why_not(platform))}
    for platform in PLATFORMS:
        if platform.name in missing or (wanted and platform.name not in wanted):
            continue
        with tempfile.TemporaryDirectory() as folder, live(platform, Path(folder)) as service:
            seen = {one.says: one.seen(service) for one in PROMISES}
            took = latency(service)
        differs = [one for one in PROMISES if seen[one.says] != platform.differs.get(one.says, one.expected)]
        wrong += [f"{platform.name}: {one.says}: {seen[one.says]} instead of {one.expected}" for one in differs]
        if not differs:
            _write(platform, took, missing)
    print(PAGE.read_text(), *wrong, sep="\n")
    return 1 if wrong else 0


def _write(platform: Platform, took: Latency, missing: Mapping[str, str]) -> None:
    page = PAGE.read_text()
    rows = {**ran(page), platform.name: row(platform, took)}
    never = {**{one.name: "it was not asked yet" for one in PLATFORMS}, **missing}
    PAGE.write_text(with_table(with_table(page, TABLE, behaviour(rows)), FIGURES, figures(rows, never)))


def _cell(platform: Platform, says: str, asked: Collection[str]) -> str:
    return platform.differs.get(says, KEPT) if platform.name in asked else NOT_RUN


def with_table(page: str, mark: str, text: str) -> str:
    """The page with a text between a mark and the next end."""
    before, _, rest = page.partition(mark)
    return f"{before}{mark}\n{text}\n{END}{rest.partition(END)[2]}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
