"""The requests that are lost while versions change: ``python -m tests.contract.requests_lost [PLATFORM …]``.

    for each platform: a stack with one app -> up -> requests go on -> deployments, canaries, promotions, rollbacks

It writes the row of each platform into docs/parity.md as soon as it has it. ``SLIPWAY_DEPLOYS`` is the number of
canaries, promotions and rollbacks, and half of the deployments: 10 where it is not set.
"""

import os
import re
import sys
import tempfile
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from tests.contract.page import PAGE, between, with_table
from tests.demo.clones import Clone
from tests.docker.conftest import Containers
from tests.docker.load import Load, load

MARK = "<!-- requests lost -->"
HEAD = (
    "| | deployments | canaries and promotions | rollbacks, and back | answered | lost | longest | asked |",
    "| --- | ---: | ---: | ---: | ---: | ---: | ---: | --- |",
)
NONE = "it has none"


@dataclass(frozen=True, kw_only=True)
class Subject:
    """An app that is changed while it is asked."""

    platform: str
    """As docs/parity.md calls it."""
    app: str
    file: str
    """Below ``app_src``."""
    line: str
    """A pattern of a line, which every version has with another number."""
    becomes: str
    """The same line, with ``{n}`` where the number is."""
    moves_traffic: bool = False
    goes_back: bool = False
    docker: bool = False

    def edit(self, clone: Clone, number: int) -> None:
        """Make another version of it."""
        source = clone.folder / "app_src" / self.file
        text = source.read_text()
        source.write_text(re.sub(self.line, self.becomes.format(n=number), text, count=1))
        assert source.read_text() != text


def _time_service(platform: str, app: str, *, moves_traffic: bool) -> Subject:
    return Subject(
        platform=platform,
        app=app,
        file="time_service/main.py",
        line=r"WELCOME = .*",
        becomes='WELCOME = "time {n}"',
        moves_traffic=moves_traffic,
        goes_back=True,
    )


SUBJECTS = (
    Subject(
        platform="Container",
        app="dockerize",
        file="dockerize/main.py",
        line=r"Hello World!|Hello, \d+!",
        becomes="Hello, {n}!",
        moves_traffic=True,
        goes_back=True,
        docker=True,
    ),
    Subject(
        platform="Cloud Run",
        app="hello-run",
        file="hello_container/main.py",
        line=r"Hello, World!|Hello, \d+!",
        becomes="Hello, {n}!",
        moves_traffic=True,
        goes_back=True,
        docker=True,
    ),
    _time_service("App Engine", "time-service", moves_traffic=True),
    _time_service("Elastic Beanstalk", "time-service-beanstalk", moves_traffic=False),
    Subject(
        platform="PythonAnywhere",
        app="hello-flask",
        file="hello_flask/flask_app.py",
        line=r"Hello from Flask!|flask \d+",
        becomes="flask {n}",
    ),
    Subject(
        platform="AWS Lambda",
        app="hello-function",
        file="hello_function/lambda_function.py",
        line=r"return answer\(200, .*",
        becomes='return answer(200, {{"n": "{n}"}})',
        moves_traffic=True,
        goes_back=True,
    ),
)


@contextmanager
def changed(subject: Subject, clone: Clone, times: int) -> Iterator[tuple[Load, int]]:
    """Bring the app up in a clone, and change it while it is asked; what came of the requests, and how many versions.

    ``times`` is the number of canaries, promotions and rollbacks, and half of that of the deployments.
    """
    count = 0

    def edit() -> None:
        nonlocal count
        count += 1
        subject.edit(clone, count)

    edit()  # every version answers 200 at its address, which the demo's function does not
    clone.verb("up")
    with load(clone.url(subject.app)) as asked:
        for _ in range(times * 2):
            edit()
            clone.verb("up")
        for _ in range(times):
            if subject.moves_traffic:
                edit()
                clone.verb("up", "--canary", "40")
                clone.verb("promote", subject.app)
            if subject.goes_back:
                clone.verb("rollback", subject.app)
                clone.verb("rollback", subject.app, "--forget")
    yield asked, count


def row(subject: Subject, times: int, asked: Load) -> str:
    """A platform's row, with when and on what it was taken."""
    moved, back = (times if subject.moves_traffic else NONE), (times if subject.goes_back else NONE)
    where = f"{datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.0f}"
    figures = f"{sum(asked.answers.values()):,} | {len(asked.lost)} | {asked.longest:.2f} s"
    return f"| {subject.platform} | {times * 2} | {moved} | {back} | {figures} | {where} |"


def write(subject: Subject, line: str) -> None:
    """Put a platform's row into the page, in the place of the one before."""
    page = PAGE.read_text()
    rows = {one.split("|")[1].strip(): one for one in between(page, MARK).splitlines()[len(HEAD) :]}
    rows[subject.platform] = line
    ordered = [rows[one.platform] for one in SUBJECTS if one.platform in rows]
    PAGE.write_text(with_table(page, MARK, "\n".join([*HEAD, *ordered])))


def main(names: Collection[str], say: Callable[[str], None] = print) -> int:
    """Try the platforms, all or those named; 1 where one has lost a request."""
    times, failed = int(os.environ.get("SLIPWAY_DEPLOYS", "10")), False
    for subject in SUBJECTS:
        if names and subject.platform not in names:
            continue
        with tempfile.TemporaryDirectory() as folder:
            clone = made(subject, Path(folder) / "clone")
            try:
                with changed(subject, clone, times) as (asked, _):
                    line = row(subject, times, asked)
                    write(subject, line)
                    say("\n".join([line, *asked.lost]))
                    failed = failed or bool(asked.lost)
            finally:
                clone.run("destroy", "--yes", "--stack", "sandbox", status=None)
                clone.run("sandbox", "stop", status=None)
    return int(failed)


def made(subject: Subject, folder: Path) -> Clone:
    """A clone whose stack has the app alone."""
    if subject.docker:
        containers = Containers(folder)
        containers.leave(subject.app)
        return containers
    clone = Clone(folder, "embedded")
    clone.keep_only(subject.app)
    return clone


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
