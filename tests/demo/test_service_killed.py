"""A service of the sandbox is killed or hangs, or the engine is killed, in an `up`: the next `up` makes it right."""

import json
import os
import signal
import time

import psutil
import pytest

from tests.demo.clones import PATIENCE, Clone, wait_for

NOTICED = 30.0
"""Seconds within which a service that hangs is noticed."""

pytestmark = [pytest.mark.slow, pytest.mark.services]


@pytest.mark.parametrize(
    ("service", "moment"),
    [
        ("host", " app-engine +created"),
        ("ministack", " hello-function-role +created"),
        ("google", " sources +created"),
    ],
)
def test_killed_alone_in_the_middle_of_an_up(clone: Clone, service: str, moment: str):
    """Whether the disturbed run fails or had no more need of it: then the apps answer and nothing would change."""
    clone.keep_only("time-service", "hello-function")
    with clone.start("up", "--stack", "sandbox", "--engine", clone.engine) as process:
        try:
            wait_for(process, moment)
            registry = json.loads((clone.folder / ".slipway/sandbox/services.json").read_text())
            os.kill(registry["services"][service]["pid"], signal.SIGKILL)
            rest = process.communicate(timeout=PATIENCE)[0]
        finally:
            process.kill()
    if clone.engine == "embedded":  # the SDK of `pulumi` itself shows one when its provider is gone
        assert "Traceback" not in rest

    said = clone.verb("up")
    assert said.count("200") >= 4, said
    assert clone.nothing_would_change()
    assert "nothing is left" in clone.verb("destroy")
    assert [p for p in clone.processes() if p.status() != psutil.STATUS_ZOMBIE] == []


def test_one_that_hangs_in_the_middle_of_an_up_is_noticed(clone: Clone):
    """A stopped service takes connections and answers nothing: it is named and ended, and the next `up` is whole."""
    clone.keep_only("hello-function")
    with clone.start("up", "--stack", "sandbox", "--engine", clone.engine) as process:
        try:
            wait_for(process, " hello-function-role +creat")
            registry = json.loads((clone.folder / ".slipway/sandbox/services.json").read_text())
            os.kill(registry["services"]["ministack"]["pid"], signal.SIGSTOP)
            stopped = time.monotonic()
            wait_for(process, "ministack has not answered for .* it hangs, and is ended")
            assert time.monotonic() - stopped < NOTICED
            rest = process.communicate(timeout=PATIENCE)[0]
        finally:
            process.kill()
    assert "ministack of this machine's local clouds hung: `slipway up --stack sandbox` starts them anew" in rest
    assert clone.verb("up").count("200") >= 1
    assert clone.nothing_would_change()
    assert "nothing is left" in clone.verb("destroy")


@pytest.mark.parametrize("moment", ["call-sent:30", "answer-received:38"])
def test_the_engine_killed_in_the_middle_of_an_up(clone: Clone, moment: str):
    """What clouds had made and the state had not heard of is found again under its name, whether drawn or given."""
    if clone.engine != "embedded":
        pytest.skip("the `pulumi` command has no moments at which it can be killed")
    with clone.start("up", "--stack", "sandbox", "--engine", clone.engine, SLIPWAY_FAULT=f"kill:{moment}") as cut:
        said = cut.communicate(timeout=PATIENCE)[0]
    assert cut.returncode == -signal.SIGKILL, said
    assert "`slipway cancel` removes its lock" in clone.verb("up", status=1)
    clone.verb("cancel")
    assert clone.verb("up").count("200") >= 4
    assert "nothing is left" in clone.verb("destroy")


def test_a_destroy_killed_before_its_project_goes(clone: Clone):
    """An application is forgotten a few calls before its project is deleted, and that project can have no other one."""
    clone.keep_only("time-service")
    clone.verb("up")
    clone.edit("app_src/time_service/main.py", "Welcome", "Again welcome")
    clone.verb("up")
    with clone.start("destroy", "--yes", "--stack", "sandbox", "--engine", clone.engine) as process:
        try:
            wait_for(process, r"project-iam .*deleting")
        finally:
            for part in [*psutil.Process(process.pid).children(recursive=True), process]:
                part.kill()
    clone.verb("cancel", "--yes")
    assert clone.verb("up").count("200") >= 3
    assert clone.nothing_would_change()
    assert "nothing is left" in clone.verb("destroy")
