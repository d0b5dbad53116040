"""An app's life on PythonAnywhere: up, edited, meddled with by hand, killed in the middle, and nothing left."""

import json
import shlex
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import pytest
import yaml

from slipway.engine.api import stack_outputs
from slipway.probe import reachable
from slipway.sandbox.pythonanywhere.world import World, folder
from slipway.sandbox.services.environment import PYTHONANYWHERE_TOKEN
from tests.demo.clones import Clone

pytestmark = [pytest.mark.services, pytest.mark.slow, pytest.mark.timeout(600)]
APP = "hello-flask"
DOMAIN = "slipway.pythonanywhere.com"


@pytest.fixture
def clone(tmp_path: Path) -> Iterator[Clone]:
    """A copy of the project whose sandbox has this app alone."""
    made = Clone(tmp_path / "clone", "embedded")
    path = made.folder / "stacks" / "Pulumi.sandbox.yaml"
    said = yaml.safe_load(path.read_text())
    nightly = {"cron": "30 3 * * *", "command": "python3 -c 'import flask'"}
    app = {**said["config"]["slipway:apps"][APP], "schedules": {"nightly": nightly}, "database": "shop"}
    said["config"]["slipway:apps"] = {APP: app}
    for unused in ("slipway:monitoring", "slipway:registries", "slipway:gcp"):
        said["config"].pop(unused, None)
    path.write_text(yaml.safe_dump(said))
    yield made
    made.run("sandbox", "stop")


def edit(clone: Clone, old: str, new: str) -> None:
    path = clone.folder / "app_src" / "hello_flask" / "flask_app.py"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def page(clone: Clone) -> str:
    outputs = stack_outputs(clone.folder, f"file://{clone.folder / '.slipway' / 'state'}", "sandbox")
    address, headers = reachable(outputs["apps"][APP]["url"])
    return httpx.get(address, headers=headers, trust_env=False, timeout=60).text


def world(clone: Clone) -> World:
    return World(folder(clone.folder / ".slipway"))


def engine(clone: Clone, *words: str) -> None:
    """A command of the engine itself, on the sandbox."""
    slipway = f"{sys.executable} -m slipway"
    clone.execute(f'eval "$({slipway} sandbox env)" && {slipway} engine {shlex.join(words)}')


def test_from_up_to_nothing_left(clone: Clone):
    """What is edited is live after the next up, what was meddled with is put right, destroy leaves nothing."""
    clone.verb("up")
    assert page(clone) == "Hello from Flask!"
    assert "nothing would change" in clone.verb("preview")
    status = clone.run("status")
    assert "make the MySQL database 'shop'" in " ".join(status.split())
    assert "30 3 * * * UTC" in status
    assert "GET / HTTP/1.1" in clone.run("logs", APP)

    edit(clone, "Hello from Flask!", "Good morning!")
    assert "flask_app.py" in clone.verb("preview")
    clone.verb("up")
    assert page(clone) == "Good morning!"

    served = world(clone).place(f"/home/slipway/slipway-sandbox-{APP}/flask_app.py")
    served.write_text("by hand")
    with world(clone).changed() as state:
        (task,) = state["schedule"].values()
        task["enabled"] = False
    clone.verb("refresh", "--yes")
    planned = clone.verb("preview")
    assert "manifest" in planned
    assert "enabled: false => true" in planned
    clone.verb("up")
    assert "Good morning!" in served.read_text()
    assert page(clone) == "Good morning!"

    stored = "".join(path.read_text() for path in (clone.folder / ".slipway/state").rglob("*.json"))
    assert PYTHONANYWHERE_TOKEN not in stored
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
    engine(clone, "cancel", "--yes", "sandbox")
    clone.verb("up")
    assert page(clone) == "Hello from Flask!"
    state = world(clone).read()
    assert [list(state["webapps"]), len(state["schedule"])] == [[DOMAIN], 1]
    clone.verb("destroy", "--yes")


def test_a_secret_reaches_the_app_and_nothing_else(clone: Clone):
    """Sealed in the stack's file, it is in the WSGI file alone: not in the state, not in an output."""
    edit(clone, 'GREETING = "Hello from Flask!"', 'import os\n\nGREETING = os.environ["GREETING"]')
    engine(clone, "stack", "init", "sandbox")
    engine(clone, "config", "set", "--secret", "--path", f"slipway:secrets.{APP}.GREETING", "xyzzy-77", "-s", "sandbox")
    said = clone.verb("up")
    assert page(clone) == "xyzzy-77"
    stored = json.dumps([path.read_text() for path in (clone.folder / ".slipway/state").rglob("*.json")])
    assert "xyzzy-77" not in stored
    assert "xyzzy-77" not in said.replace("200  xyzzy-77", "")
    clone.verb("destroy", "--yes")
