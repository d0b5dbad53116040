"""An app with a database of its own, over a day: the rows are where they should be, and at the end nothing is left."""

import json
import re
from pathlib import Path

import httpx
import pytest
import yaml

from slipway.platforms.addresses import reachable
from slipway.sandbox.databases import programs
from tests.demo.clones import ROOT, Clone

pytestmark = [
    pytest.mark.slow,
    pytest.mark.services,
    pytest.mark.skipif(programs.folder() is None, reason="needs PostgreSQL"),
]
APP = """
import os

import psycopg
from flask import Flask, request

app = Flask(__name__)


def connect():
    connection = psycopg.connect(os.environ["DATABASE_URL"])
    connection.execute("create table if not exists notes (id serial primary key, text text)")
    return connection


@app.get("/")
def notes():
    with connect() as connection:
        return {"notes": [row[0] for row in connection.execute("select text from notes order by id")]}


@app.post("/")
def add():
    with connect() as connection:
        connection.execute("insert into notes (text) values (%s)", [request.get_data(as_text=True)])
    return {}
"""


def commands() -> list[str]:
    """The page's own."""
    page = (ROOT / "docs/guide/databases.md").read_text(encoding="utf-8")
    block = re.search(r"```console\n(.*?)```", page, re.DOTALL)
    assert block is not None
    return [line.removeprefix("$ slipway ").split("#")[0].strip() for line in block[1].splitlines()]


@pytest.fixture
def notes(clone: Clone) -> Clone:
    """A clone whose one app keeps notes in PostgreSQL."""
    folder = clone.folder / "app_src/notes"
    folder.mkdir()
    (folder / "main.py").write_text(APP)
    (folder / "requirements.txt").write_text("flask\ngunicorn\npsycopg[binary]\n")
    stack = clone.folder / "stacks/Pulumi.sandbox.yaml"
    clone.keep_only("time-service")
    settings = yaml.safe_load(stack.read_text())
    app = {"platform": "app-engine", "source": "app_src/notes", "database": "postgres"}
    settings["config"]["slipway:apps"] = {"notes": app}
    stack.write_text(yaml.safe_dump(settings))
    clone.run("lock", "notes")
    return clone


def test_rows_stay_through_a_day_and_go_with_the_stack(notes: Clone) -> None:
    """The page's commands, with an edit and a way back between: each version finds what was written before it."""
    up, status, stop, again, destroy = (command.split() for command in commands())
    notes.run(*up)
    where, headers = reachable(notes.url("notes"))
    httpx.post(where, headers=headers, content="kept", trust_env=False).raise_for_status()
    assert "database   PostgreSQL of its own" in notes.run(*status)
    notes.run(*stop)
    notes.run(*again)
    assert rows(notes) == ["kept"]
    notes.edit("app_src/notes/main.py", "import os", "import os  # edited")
    notes.run("up")
    assert rows(notes) == ["kept"]
    notes.run("rollback", "notes")
    assert rows(notes) == ["kept"]
    destroyed = notes.run(*destroy)
    assert "1 row in 1 table" in destroyed
    assert "nothing is left" in destroyed
    assert not Path(notes.folder, ".slipway/databases").exists()


def rows(clone: Clone) -> list[str]:
    """What the app has in its database."""
    return json.loads(clone.page("notes"))["notes"]
