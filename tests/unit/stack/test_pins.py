"""Which version serves, in a stack's file: written beside what is there, taken out without a trace."""

from pathlib import Path

import pytest

from slipway.errors import UserError
from slipway.stack.pins import Pin, pin, pins
from slipway.stack.project import Project

FILE = """\
# This machine.
config:
  aws:region: eu-central-1 # where

  slipway:environment: sandbox

  slipway:apps:
    time-service:
      platform: app-engine
      source: app_src/time_service # the folder
      # how it starts
      entrypoint: gunicorn -b :$PORT -w 1 main:app
      probe: [/, /date, "/time"]
    hello-function:
      platform: lambda
      source: app_src/hello_function
      url: public
"""


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A project with that one stack."""
    (tmp_path / "stacks").mkdir()
    (tmp_path / "stacks/Pulumi.sandbox.yaml").write_text(FILE)
    return Project(tmp_path, tmp_path / ".slipway")


def text(project: Project) -> str:
    return project.stack_file("sandbox").read_text()


def test_a_pin_is_two_lines_more_and_nothing_else(project: Project):
    """Comments, quotes, empty lines and order stay as somebody wrote them."""
    said = pin(project, "sandbox", "time-service", Pin("v-1", 10))
    assert said == (
        "time-service serves v-1, and 10 % of the requests get the newest version: written to "
        "stacks/Pulumi.sandbox.yaml"
    )
    lines = text(project).splitlines()
    assert [line for line in lines if line not in FILE.splitlines()] == ["      serve: v-1", "      canary: 10"]
    assert [line for line in lines if line in FILE.splitlines()] == FILE.splitlines()
    assert pins(project, "sandbox") == {"time-service": Pin("v-1", 10)}


def test_a_number_is_written_as_text(project: Project):
    """Lambda's versions are numbers, and the settings take text."""
    pin(project, "sandbox", "hello-function", Pin("3"))
    assert "serve: '3'" in text(project)
    assert pins(project, "sandbox") == {"hello-function": Pin("3")}


@pytest.mark.parametrize("held", [Pin("v-1"), Pin("v-1", 10)])
def test_what_is_taken_out_leaves_nothing(project: Project, held: Pin):
    """The file is again what it was, byte for byte."""
    pin(project, "sandbox", "time-service", held)
    pin(project, "sandbox", "time-service", Pin("v-2"))
    said = pin(project, "sandbox", "time-service", None)
    assert said.startswith("time-service serves its newest version")
    assert text(project) == FILE
    assert pins(project, "sandbox") == {}


def test_an_app_that_the_file_does_not_have_is_said(project: Project):
    """It is deployed, and somebody took it out of the file since: nothing is written."""
    with pytest.raises(UserError, match=r"stacks/Pulumi\.sandbox\.yaml has no app 'gone'"):
        pin(project, "sandbox", "gone", Pin("v-1"))
    assert text(project) == FILE
