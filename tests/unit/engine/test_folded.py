"""An operation on a terminal, shown by the components of the program."""

import os
import pty
import re
import sys
import threading

import pytest

from slipway.engine.checkpoint.state import Resource
from slipway.engine.plan.ops import StepOp
from slipway.engine.plan.steps import Step
from slipway.engine.show.display import View
from slipway.engine.show.folded import display

ROOT = "urn:pulumi:dev::shop::pulumi:pulumi:Stack::shop-dev"
APP = "urn:pulumi:dev::shop::slipway:gcp:AppEngineService::time-service"


def step(op: StepOp, kind: str, name: str, parent: str = APP, *, custom: bool = True) -> Step:
    """A step on a resource that is of a component, unless another parent is given."""
    chain = f"slipway:gcp:AppEngineService${kind}" if parent == APP else kind
    urn = f"urn:pulumi:dev::shop::{chain}::{name}" if custom or parent == APP else APP
    resource = Resource(urn=urn, type=kind, custom=custom, inputs={}, parent=parent)
    old = resource if op in (StepOp.UPDATE, StepOp.DELETE, StepOp.SAME) else None
    return Step(op, old, None if op is StepOp.DELETE else resource)


@pytest.fixture
def terminal(monkeypatch):
    """Play steps to the display of a terminal that is 60 columns wide, and read what stays on it."""

    def play(view: View, steps: list[tuple[Step, str]]) -> list[str]:
        ours, theirs = pty.openpty()
        heard = bytearray()

        def listen() -> None:
            try:
                while chunk := os.read(ours, 65536):
                    heard.extend(chunk)
            except OSError:  # the other side was closed
                return

        listener = threading.Thread(target=listen)
        listener.start()
        monkeypatch.setenv("COLUMNS", "60")
        monkeypatch.setenv("TERM", "xterm")
        monkeypatch.setenv("NO_COLOR", "1")
        with os.fdopen(theirs, "w", encoding="utf-8") as stream:
            monkeypatch.setattr(sys, "stdout", stream)
            shown = display("dev", view, interactive=True)
            for one, _ in steps:
                shown.began(one)
            for one, problem in steps:
                shown.ended(one, problem)
            shown.summary({})
            monkeypatch.undo()
        listener.join(10)
        os.close(ours)
        text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "\n", heard.decode())
        return [line for line in re.split(r"[\r\n]+", text) if line.strip()]

    return play


COMPONENT = step(StepOp.SAME, "slipway:gcp:AppEngineService", "time-service", ROOT, custom=False)
OBJECT = step(StepOp.CREATE, "gcp:storage/bucketObject:BucketObject", "time-service-source")
VERSION = step(StepOp.CREATE, "gcp:appengine/standardAppVersion:StandardAppVersion", "time-service-v1")
TRAFFIC = step(StepOp.UPDATE, "gcp:appengine/engineSplitTraffic:EngineSplitTraffic", "time-service-traffic")
ALONE = step(StepOp.CREATE, "random:index/randomPet:RandomPet", "pet", ROOT)


def test_a_preview_names_the_app_and_what_follows(terminal):
    """A component is one line, and what changes in it one more, by type."""
    lines = terminal(
        View(preview=True, details=True, folded=True), [(one, "") for one in (COMPONENT, OBJECT, VERSION, TRAFFIC)]
    )
    text = "\n".join(lines)
    assert " ~  time-service ▸ App Engine Service\n" in text
    assert "      + BucketObject, + StandardAppVersion,\n      ~ EngineSplitTraffic" in text
    assert "urn:pulumi" not in text


def test_an_up_counts_what_has_ended(terminal):
    """An app is a line with its count and its seconds, and none of its resources has a line of its own."""
    lines = terminal(
        View(preview=False, details=False, folded=True), [(one, "") for one in (COMPONENT, OBJECT, VERSION, TRAFFIC)]
    )
    assert [line for line in lines if "3/3  0 s" in line] == [" ~  time-service ▸ App Engine Service  3/3  0 s"]
    assert not any("StandardAppVersion" in line for line in lines)


def test_a_failure_shows_the_resources(terminal):
    """Where one fails, every resource that was to change stands under its app, and the reason at the end."""
    text = "\n".join(
        terminal(
            View(preview=False, details=False, folded=True),
            [(COMPONENT, ""), (OBJECT, ""), (VERSION, "quota exceeded")],
        )
    )
    assert "time-service ▸ App Engine Service  1/2  0 s  failed" in text
    assert "time-service-source  created" in text
    assert "time-service-v1  failed" in text
    assert "error: quota exceeded" in text


def test_a_resource_of_no_component_is_shown_as_in_a_pipe(terminal):
    """It has a line of its own."""
    lines = terminal(View(preview=False, details=False, folded=True), [(ALONE, "")])
    assert any(line.startswith(" +  random:index/randomPet:RandomPet  pet  created") for line in lines)


def test_a_new_component_has_one_line(terminal):
    """Neither the component itself nor the stack has a line beside the app's."""
    stack = Step(StepOp.CREATE, None, Resource(urn=ROOT, type="pulumi:pulumi:Stack", custom=False, inputs={}))
    made = step(StepOp.CREATE, "slipway:gcp:AppEngineService", "time-service", ROOT, custom=False)
    lines = terminal(View(preview=False, details=False, folded=True), [(one, "") for one in (stack, made, OBJECT)])
    assert [line for line in lines if "created" in line] == []
    assert [line for line in lines if "1/1  0 s" in line] == [" +  time-service ▸ App Engine Service  1/1  0 s"]
