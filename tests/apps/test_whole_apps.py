"""Whole apps with what they need beside their code: a Django site, and a guest book in SQLite or PostgreSQL.

``python -m tests.apps.test_whole_apps 50`` plays so many random sequences on the guest books and counts the rows lost.
"""

import json
import os
import random
import shutil
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from slipway.platforms.addresses import reachable
from slipway.sandbox.databases import programs
from tests.demo.clones import Clone

pytestmark = [
    pytest.mark.services,
    pytest.mark.slow,
    pytest.mark.timeout(900),
    pytest.mark.skipif(programs.folder() is None, reason="needs PostgreSQL"),
]
WHOLE = Path(__file__).parent / "whole"
GUESTBOOK = {"source": "app_src/guestbook"}
LIBRARY = {"source": "app_src/library"}
ROWS = Path(tempfile.gettempdir(), f"library-{os.getpid()}.sqlite3")
ROWS_OF_ONE_INSTANCE = {"DATABASE_URL": f"sqlite:///{ROWS}"}
"""Where a site has no database of its own: good enough for its pages to be asked."""
ROWS_OF_A_FUNCTION = {"DATABASE_URL": "sqlite:////tmp/library.sqlite3"}
"""The one place where a function may write: its release command makes the tables there."""
SEQUENCES = 1
"""So many are played in the suite."""
STEPS = (1, 2)
"""So many has a sequence at least and at most."""


def with_apps(clone: Clone, **apps: Mapping[str, Any]) -> Clone:
    """The clone with these apps alone, each in a copy of its folder, with its lock."""
    for name in {str(app["source"]).removeprefix("app_src/") for app in apps.values()}:
        shutil.copytree(WHOLE / name, clone.folder / "app_src" / name)
    path = clone.folder / "stacks/Pulumi.sandbox.yaml"
    document = yaml.safe_load(path.read_text())
    document["config"]["slipway:apps"] = {name.replace("_", "-"): dict(app) for name, app in apps.items()}
    path.write_text(yaml.safe_dump(document))
    for name, app in apps.items():
        if not (clone.folder / app["source"] / "requirements.txt").exists():
            clone.run("lock", name.replace("_", "-"))
    return clone


def ask(clone: Clone, app: str, path: str = "/", **form: Any) -> httpx.Response:
    """What an app answers to a GET, or to a POST of a form or a text."""
    address, headers = reachable(clone.url(app).rstrip("/") + path)
    method = "POST" if form else "GET"
    return httpx.request(method, address, headers=headers, trust_env=False, timeout=60, **form)


STAYS = "on PythonAnywhere stays what the apps have written: "


def left_behind(clone: Clone) -> set[str]:
    """What a destroy leaves: on PythonAnywhere the files that the app has written itself, and nothing else."""
    output = clone.run("destroy", "--yes")
    assert "left behind" not in output
    (line,) = [line for line in output.splitlines() if line.startswith(STAYS)]
    files = {path.split("/home/slipway/", 1)[1].split("/", 1)[1] for path in line.removeprefix(STAYS).split(", ")}
    assert not (clone.folder / ".slipway/databases").exists()
    return files


def test_a_django_site_has_its_styles_rows_and_uploads(clone: Clone) -> None:
    """Migrated before it serves, with the admin's styles on every platform; an edit and a way back lose nothing."""
    site = with_apps(
        clone,
        on_google={**LIBRARY, "platform": "app-engine", "database": "postgres"},
        at_home={**LIBRARY, "platform": "pythonanywhere", "data": ["db", "uploads"]},
        on_aws={**LIBRARY, "platform": "lambda", "memory": 512, "url": "public", "env": ROWS_OF_A_FUNCTION},
        on_machines={**LIBRARY, "platform": "beanstalk", "env": ROWS_OF_ONE_INSTANCE},
    )
    for app in ("on-google", "at-home", "on-aws", "on-machines"):
        site.execute(f"echo for-tests | {sys.executable} -m slipway secret set {app} DJANGO_SECRET_KEY --stack sandbox")
    shown = site.run("up", "--engine", "embedded", status=None)  # the function's rows have no tables: its probe fails
    assert "apps" in site.outputs(), shown
    styles = {app: ask(site, app, "/static/admin/css/base.css") for app in site.outputs()["apps"]}
    assert {app: style.status_code for app, style in styles.items()} == dict.fromkeys(styles, 200)
    assert all("text/css" in style.headers["content-type"] for style in styles.values())
    assert len(styles) == 4

    assert ask(site, "on-google", data={"title": "Emma"}).json()["books"] == ["Emma"]
    emma = ask(site, "at-home", data={"title": "Emma"}, files={"cover": ("emma.txt", b"a cover")})
    assert emma.json()["books"] == ["Emma"]
    assert ask(site, "on-machines").json() == {"edition": 1, "books": []}

    site.edit("app_src/library/books/views.py", "EDITION = 1", "EDITION = 2")
    site.run("up", "--engine", "embedded", status=None)
    for app in ("on-google", "at-home"):
        assert ask(site, app).json() == {"edition": 2, "books": ["Emma"]}
    assert ask(site, "at-home", "/covers/emma.txt").text == "a cover"
    site.run("rollback", "on-google", status=None)
    assert ask(site, "on-google").json() == {"edition": 1, "books": ["Emma"]}
    ROWS.unlink(missing_ok=True)
    assert left_behind(site) == {"db/library.sqlite3", "uploads/emma.txt"}


@dataclass
class Guestbooks:
    """Guest books in a sandbox, and what should be in them."""

    clone: Clone
    rows: dict[str, list[str]] = field(default_factory=lambda: {"in-postgres": [], "in-sqlite": []})
    edition: int = 1

    def enter(self) -> None:
        """One more entry in each."""
        for app, names in self.rows.items():
            names.append(f"guest {len(names)}")
            ask(self.clone, app, content=names[-1]).raise_for_status()

    def edit(self) -> None:
        """Another version of both."""
        self.clone.edit("app_src/guestbook/main.py", f"EDITION = {self.edition}\n", f"EDITION = {self.edition + 1}\n")
        self.edition += 1
        self.clone.verb("up")

    def refresh(self) -> None:
        """Ask the clouds."""
        self.clone.verb("refresh", "--yes")

    def roll_back(self) -> None:
        """To the version before, where there is one."""
        self.clone.run("rollback", "in-postgres", status=None)

    def restart(self) -> None:
        """The platforms, with all that runs on them."""
        self.clone.run("sandbox", "stop")
        self.clone.verb("up")

    def missing(self) -> list[str]:
        """The rows that are not where they should be."""
        return [
            f"{app}: {name}"
            for app, names in self.rows.items()
            for name in sorted(set(names) - set(json.loads(self.clone.page(app, seconds=60))["entries"]))
        ]


STEPS_THERE_ARE: tuple[Callable[[Guestbooks], None], ...] = (
    Guestbooks.edit,
    Guestbooks.refresh,
    Guestbooks.roll_back,
    Guestbooks.restart,
)


def play(clone: Clone, sequences: int, seed: int) -> int:
    """Rows lost over some random sequences on the guest books, which are brought up first and destroyed at the end."""
    books, chance, lost = Guestbooks(clone), random.Random(seed), 0
    clone.verb("up")
    for number in range(sequences):
        books.enter()
        for step in chance.choices(STEPS_THERE_ARE, k=chance.randint(*STEPS)):
            step(books)
            missing = books.missing()
            lost += len(missing)
            print(number, step.__name__, f"{sum(map(len, books.rows.values()))} rows, lost:", missing, flush=True)
    assert left_behind(clone) == {"entries/entries.sqlite3"}
    return lost


def guestbooks(clone: Clone) -> Clone:
    """The clone with a guest book on App Engine and one on PythonAnywhere."""
    return with_apps(
        clone,
        in_postgres={**GUESTBOOK, "platform": "app-engine", "database": "postgres"},
        in_sqlite={**GUESTBOOK, "platform": "pythonanywhere", "data": ["entries"]},
    )


def test_random_sequences_lose_no_row(clone: Clone) -> None:
    """Versions come and go, platforms are restarted: every entry stays, and at the end the app's own file alone."""
    assert play(guestbooks(clone), SEQUENCES, seed=20) == 0


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as made:
        campaign = Clone(Path(made) / "clone", "embedded")
        campaign.keep_only("time-service")
        print("rows lost:", play(guestbooks(campaign), int(sys.argv[1]), seed=int([*sys.argv, "1"][2])))
