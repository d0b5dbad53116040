"""What a stack puts on PythonAnywhere, on Pulumi's mocks: names, variables, outputs and steps by hand."""

import json
from pathlib import Path

import pytest

from stacks.pythonanywhere import on_pythonanywhere
from stacks.settings import load

ROOT = Path(__file__).parents[3]
ACCOUNT = {"pythonanywhere:user": "anna", "pythonanywhere:host": "eu.pythonanywhere.com"}


@pytest.fixture
def placed(deploy, monkeypatch: pytest.MonkeyPatch):
    """Deploys an app with more settings, in the sandbox's environment; the outputs and what was declared."""
    monkeypatch.chdir(ROOT)

    def make(**more):
        app = {"platform": "pythonanywhere", "source": "app_src/hello_flask", **more}
        config = {
            **ACCOUNT,
            "slipway:environment": "sandbox",
            "slipway:kind": "ephemeral",
            "slipway:owner": "anna",
            "slipway:apps": json.dumps({"hello-flask": app}),
        }
        deployed = deploy(
            lambda: dict(on_pythonanywhere(load(ROOT)).apps["hello-flask"]), stack="sandbox", config=config
        )
        return deployed.result, deployed

    return make


def test_an_app_is_named_after_its_stack(placed):
    """The folder tells one stack's app from another's on the same account; the domain is the account's own."""
    outputs, deployed = placed()
    webapp = deployed.one("Webapp").inputs
    assert webapp["domainName"] == outputs["resource"] == "anna.eu.pythonanywhere.com"
    assert webapp["sourceDirectory"] == "/home/anna/slipway-sandbox-hello-flask"
    assert (outputs["platform"], outputs["account"]["user"]) == ("PythonAnywhere", "anna")
    assert "by_hand" not in outputs


def test_a_database_is_a_step_by_hand_and_three_variables(placed):
    """The API makes none: the app is told where it will be, its owner what to do."""
    outputs, deployed = placed(database="shop")
    assert deployed.one("WsgiFile").inputs["environment"] == {
        "MYSQL_DATABASE": "anna$shop",
        "MYSQL_HOST": "anna.mysql.eu.pythonanywhere-services.com",
        "MYSQL_USER": "anna",
    }
    (step,) = outputs["by_hand"]
    assert "make the MySQL database 'shop'" in step
    assert "https://eu.pythonanywhere.com/user/anna/databases/" in step


def test_a_virtual_environment_is_made_by_hand(placed):
    """Then the lock goes up in place of the packages."""
    outputs, deployed = placed(virtualenv="/home/anna/.virtualenvs/hello")
    assert "requirements.txt" in deployed.one("Files").inputs["manifest"]
    assert deployed.one("WsgiFile").inputs["pack"] == ""
    assert "pip install --require-hashes" in outputs["by_hand"][0]


def test_schedules_are_tasks(placed):
    """By the clock of the stack's file, and told by the outputs."""
    schedules = {
        "nightly": {"cron": "30 3 * * *", "command": "python3 clean.py"},
        "often": {"every": "1h", "command": "python3 fetch.py"},
        "daily": {"every": "1d", "command": "python3 sum.py"},
    }
    outputs, deployed = placed(schedules=schedules)
    times = {one.inputs["description"].split(": ")[1]: one.inputs for one in deployed.of("ScheduledTask")}
    assert {name: (one.get("hour"), one["minute"]) for name, one in times.items()} == {
        "nightly": (3, 30),
        "often": (None, 0),
        "daily": (0, 0),
    }
    assert outputs["schedules"]["nightly"]["does"] == "python3 clean.py"
    assert outputs["schedules"]["often"]["when"] == "every 1h"
