"""The app on PythonAnywhere, on Pulumi's mocks: what is declared, in which order, and what makes it load anew."""

from pathlib import Path

import pulumi
import pytest

from components.pythonanywhere.app import Daily, PythonAnywhereApp, PythonAnywhereAppArgs
from slipway.bundle import Artifact
from slipway.providers.protocol import wire

FOLDER = "/home/anna/shop-dev-hello"
DOMAIN = "anna.pythonanywhere.com"


@pytest.fixture
def packed(tmp_path: Path) -> Artifact:
    """An artifact of one module and one package."""
    path = tmp_path / "app.zip"
    path.write_bytes(b"zip")
    manifest = {"flask_app.py": "1" * 64, ".packages/flask/__init__.py": "2" * 64}
    return Artifact(path=path, digest="a" * 64, manifest=manifest)


def hello(artifact: Artifact, **changes):
    args = {
        "domain": DOMAIN,
        "directory": FOLDER,
        "artifact": artifact,
        "entry": "flask_app.app",
        "python": "3.13",
        "label": "shop-dev hello",
    }
    return PythonAnywhereApp("hello", PythonAnywhereAppArgs(**{**args, **changes}))


def test_dependencies_go_up_as_one_file(deploy, packed):
    """The files are the app's own and a pack, which the WSGI file is told of."""
    deployed = deploy(lambda: hello(packed).url)
    files, wsgi = deployed.one("Files").inputs, deployed.one("WsgiFile").inputs
    (pack,) = [path for path in files["manifest"] if path.endswith(".zip")]
    assert set(files["manifest"]) == {"flask_app.py", pack}
    assert (wsgi["pack"], wsgi["directory"], wsgi["entry"]) == (pack, FOLDER, "flask_app.app")


def test_the_reload_comes_last(deploy, packed):
    """After the web app, its files and its WSGI file; PythonAnywhere writes one of its own with a new web app."""
    deployed = deploy(lambda: hello(packed, static={"/static/": "static"}).url)
    assert "hello" in deployed.one("WsgiFile").depends_on
    reload = deployed.one("Reload")
    assert {"hello", "hello-static"} <= reload.depends_on
    assert reload.inputs["triggers"]["files"] == "a" * 64


def test_it_is_served_by_https_alone(deploy, packed):
    """Nobody has to ask for it."""
    assert deploy(lambda: hello(packed).url).one("Webapp").inputs["forceHttps"] is True


def test_tasks_run_in_the_apps_folder_with_its_dependencies(deploy, packed):
    """Daily with an hour, hourly without; each known by its description, as an account has one list of them."""
    tasks = {"nightly": Daily(command="python3.13 clean.py", hour=3, minute=30), "often": Daily(command="x", minute=5)}
    deployed = deploy(lambda: hello(packed, tasks=tasks, always_on={"watch": "python3.13 watch.py"}).url)
    nightly, often = (one.inputs for one in deployed.of("ScheduledTask"))
    assert (nightly["interval"], nightly["hour"], nightly["minute"]) == ("daily", 3, 30)
    assert (often["interval"], often.get("hour"), often["minute"]) == ("hourly", None, 5)
    assert nightly["command"].startswith(f"cd {FOLDER}/ && PYTHONPATH=.packages/")
    assert nightly["command"].endswith(" python3.13 clean.py")
    assert nightly["description"] == "shop-dev hello: nightly"
    assert deployed.one("AlwaysOnTask").inputs["command"].endswith(" python3.13 watch.py")


def test_sealed_variables_stay_sealed(deploy, packed):
    """They go into the WSGI file, whose input is a secret then."""
    deployed = deploy(lambda: hello(packed, env={"KEY": pulumi.Output.secret("hush")}).url)
    environment = deployed.one("WsgiFile").inputs["environment"]
    assert (environment[wire.SIGNATURE], environment["value"]) == (wire.SECRET, {"KEY": "hush"})


def test_a_virtual_environment_and_packed_dependencies_exclude_each_other(packed):
    """One of them would be ignored."""
    with pytest.raises(ValueError, match="brings its dependencies: leave virtualenv out"):
        hello(packed, virtualenv="/home/anna/.virtualenvs/hello")


def test_a_task_at_no_time_is_refused():
    """As the clock has it."""
    with pytest.raises(ValueError, match="hour 0 to 23, minute 0 to 59, got 24 and 0"):
        Daily(command="x", hour=24, minute=0)
