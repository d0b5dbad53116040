"""An app's life on PythonAnywhere: up, edited, meddled with by hand, killed in the middle, and nothing left."""

import json
import sqlite3
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psutil
import pytest

from slipway.sandbox.pythonanywhere.world import World, folder
from slipway.sandbox.services import keys
from tests.demo.clones import ENGINES, Clone

pytestmark = [pytest.mark.services, pytest.mark.slow, pytest.mark.timeout(600)]
APP = "hello-flask"
CODE = "app_src/hello_flask/flask_app.py"
DOMAIN = "slipway.pythonanywhere.com"


@pytest.fixture
def clone(tmp_path: Path) -> Iterator[Clone]:
    """A copy of the project whose sandbox has this app alone."""
    made = Clone(tmp_path / "clone", "embedded")
    nightly = {"cron": "30 3 * * *", "command": "python3 -c 'import flask'"}
    made.keep_only(APP, schedules={"nightly": nightly}, database="shop")
    yield made
    made.run("sandbox", "stop")


def world(clone: Clone) -> World:
    return World(folder(clone.folder / ".slipway"))


def test_from_up_to_nothing_left(clone: Clone):
    """What is edited is live after the next up, what was meddled with is put right, destroy leaves nothing."""
    clone.verb("up")
    assert clone.page(APP, seconds=60) == "Hello from Flask!"
    assert "nothing would change" in clone.verb("preview")
    status = clone.run("status")
    assert "make the MySQL database 'shop'" in " ".join(status.split())
    assert "30 3 * * * UTC" in status
    assert "GET / HTTP/1.1" in clone.run("logs", APP)
    assert clone.run("open", APP).strip() == clone.url(APP)
    clone.follow(APP, lambda word: clone.page(APP, f"/?{word}"))

    clone.edit(CODE, "Hello from Flask!", "Good morning!")
    assert "flask_app.py" in clone.verb("preview")
    refused = clone.verb("up", "--canary", "10", status=1)
    assert "PythonAnywhere serves one version at a time" in refused
    clone.verb("up", "--canary", "10", "--all")
    assert clone.page(APP, seconds=60) == "Good morning!"

    with world(clone).changed() as state:
        (task,) = state["schedule"].values()
        task["enabled"] = False
    clone.verb("refresh", "--yes")
    assert "enabled: false => true" in clone.verb("preview")
    clone.verb("up")
    assert clone.page(APP, seconds=60) == "Good morning!"

    stored = "".join(path.read_text() for path in (clone.folder / ".slipway/state").rglob("*.json"))
    drawn = keys.load(clone.folder / ".slipway")
    assert drawn is not None and drawn.pythonanywhere not in stored
    assert "def create_app" not in stored
    told = clone.verb("destroy", "--yes")
    assert "nothing is left" in told


def test_an_up_that_was_killed_is_finished_by_the_next(clone: Clone):
    """The web app was made and nobody wrote it down: the next up takes it over, and there is one of everything."""
    running = clone.start("up")
    deadline = time.monotonic() + 120
    while not (folder(clone.folder / ".slipway").exists() and world(clone).read()["webapps"]):
        assert time.monotonic() < deadline
        assert running.poll() is None
        time.sleep(0.005)
    for process in [*psutil.Process(running.pid).children(recursive=True), psutil.Process(running.pid)]:
        if "sandbox" not in " ".join(process.cmdline()):
            process.kill()
    running.communicate()
    clone.engine_command("cancel", "--yes", "sandbox")
    clone.verb("up")
    assert clone.page(APP, seconds=60) == "Hello from Flask!"
    state = world(clone).read()
    assert [list(state["webapps"]), len(state["schedule"])] == [[DOMAIN], 1]
    clone.verb("destroy", "--yes")


def test_a_secret_reaches_the_app_and_nothing_else(clone: Clone):
    """Sealed in the stack's file, it is in the WSGI file alone: not in the state, not in an output."""
    clone.edit(CODE, 'GREETING = "Hello from Flask!"', 'import os\n\nGREETING = os.environ["GREETING"]')
    clone.engine_command("stack", "init", "sandbox")
    clone.engine_command(
        "config", "set", "--secret", "--path", f"slipway:secrets.{APP}.GREETING", "xyzzy-77", "-s", "sandbox"
    )
    said = clone.verb("up")
    assert clone.page(APP, seconds=60) == "xyzzy-77"
    stored = json.dumps([path.read_text() for path in (clone.folder / ".slipway/state").rglob("*.json")])
    assert "xyzzy-77" not in stored
    assert "xyzzy-77" not in said.replace("200  xyzzy-77", "")
    clone.verb("destroy", "--yes")


@pytest.mark.parametrize("engine", ENGINES)
def test_a_refresh_records_what_was_changed_by_hand(tmp_path: Path, engine: str):
    """It succeeds although the next `up` would be refused; that one says so, and follows the choice."""
    clone = Clone(tmp_path / "clone", engine)
    try:
        clone.keep_only(APP)
        clone.verb("up")
        (live,) = folder(clone.folder / ".slipway").rglob("flask_app.py")
        live.write_text(live.read_text() + "# by hand\n")
        clone.verb("refresh", "--yes")
        refusal = "flask_app.py was changed there since the last deployment"
        assert refusal in " ".join(clone.verb("preview", status=1).split())
        assert refusal in " ".join(clone.verb("up", status=1).split())
        clone.verb("refresh", "--yes")
        assert "# by hand" in live.read_text()

        clone.keep_only(APP, changed="overwrite")
        clone.verb("up")
        assert "# by hand" not in live.read_text()
        assert clone.nothing_would_change()
        assert "nothing is left" in clone.verb("destroy", "--yes")
    finally:
        clone.run("sandbox", "stop")


@pytest.mark.parametrize("engine", ENGINES)
def test_a_destroy_names_first_what_stays(tmp_path: Path, engine: str):
    """Files that an app wrote, declared or not, and another program's bucket: all is there after it, and after `up`."""
    clone = Clone(tmp_path / "clone", engine)
    try:
        clone.keep_only(APP, data=["uploads"])
        clone.verb("up")
        (code,) = folder(clone.folder / ".slipway").rglob("flask_app.py")
        with closing(sqlite3.connect(code.parent / "notes.db")) as rows:
            rows.execute("CREATE TABLE notes (text)")
            rows.executemany("INSERT INTO notes VALUES (?)", [("a",), ("b",)])
            rows.commit()
        (code.parent / "uploads" / "cat.txt").write_text("a cat")
        client = "import boto3; boto3.client('s3', region_name='us-east-1').create_bucket(Bucket='theirs')"
        clone.execute(f'eval "$({sys.executable} -m slipway sandbox env)" && {sys.executable} -c "{client}"')

        output = clone.verb("destroy", "--yes")
        before, _, after = output.partition("Destroying (sandbox)")
        assert "written by hello-flask, stays in its account: notes.db (2 rows in 1 table), uploads/cat.txt" in before
        assert "the local clouds go on with what no stack of this project made: " in before
        assert "theirs" in before
        assert "left behind" not in after
        assert "because they hold what no stack of this project made" in after

        client = "import boto3; boto3.client('s3', region_name='us-east-1').delete_bucket(Bucket='theirs')"
        clone.execute(f'eval "$({sys.executable} -m slipway sandbox env)" && {sys.executable} -c "{client}"')
        clone.verb("up")
        assert (code.parent / "notes.db").exists()
        output = clone.verb("destroy", "--yes")
        assert "nothing is left" in output
        assert not folder(clone.folder / ".slipway").exists()
        clone.verb("up")
        assert (code.parent / "notes.db").exists()
        clone.run("sandbox", "stop")
        clone.verb("up")
        assert (code.parent / "uploads" / "cat.txt").read_text() == "a cat"
        assert (code.parent / "notes.db").exists()
        clone.verb("destroy", "--yes")
    finally:
        clone.run("sandbox", "stop")
