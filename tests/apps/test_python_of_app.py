"""The Python that an app is made for, by what it asks for and what there is."""

from pathlib import Path

import pytest

from slipway.errors import UserError
from slipway.recognise import Recognised
from slipway.verbs.python_of_app import python_of

ALL = ("3.11", "3.12", "3.13", "3.14")


def app(requires: str = "", named: str = "") -> Recognised:
    """An app that is for the Pythons ``requires`` and names one."""
    return Recognised(root=Path("/srv/shop"), python=requires, python_version=named)


@pytest.mark.parametrize(
    ("requires", "named", "present", "python"),
    [
        ("", "", ("3.11", "3.13"), "3.11"),
        ("", "3.13", ("3.11", "3.13"), "3.13"),
        (">=3.12", "", ("3.11", "3.12", "3.13"), "3.12"),
        (">=3.9,<3.13", "3.13", ("3.11", "3.12"), "3.12"),
        ("", "3.14", ("3.11", "3.13"), "3.13"),
        ("", "3.8", ("3.11", "3.13"), "3.11"),
        ("", "3.14", ("3.11",), "3.11"),
        ("whatever", "", ("3.11",), "3.11"),
    ],
)
def test_the_sandbox_takes_a_python_of_this_machine(requires: str, named: str, present: tuple[str, ...], python: str):
    """The one that is named, else the nearest to it, else the machine's own; never one that the app is not for."""
    assert python_of(app(requires, named), present, sandbox=True, own="3.11").python == python


@pytest.mark.parametrize(
    ("requires", "named", "python"),
    [("", "", "3.13"), (">=3.14", "", "3.14"), ("<3.13", "", "3.12"), ("", "3.11", "3.11"), ("", "3.9", "3.13")],
)
def test_a_cloud_gets_the_python_that_the_app_is_for(requires: str, named: str, python: str):
    """Whatever this machine has."""
    assert python_of(app(requires, named), ALL, sandbox=False).python == python


def test_another_python_than_the_named_one_is_told():
    """What is tried here is then not what a cloud runs."""
    assert "asks for Python 3.14, which this machine" in python_of(app(named="3.14"), ("3.11",), sandbox=True).note


@pytest.mark.parametrize(
    ("requires", "python"), [(">=3.13", "3.12"), (">=3.14,<4", "3.12"), (">=3.7,<3.10", "3.11"), ("==3.9.*", "3.11")]
)
def test_an_app_for_a_python_that_is_not_there_is_tried_on_the_nearest(requires: str, python: str):
    """Many run there; the refusal for one that does not has the command that installs what it needs."""
    choice = python_of(app(requires), ("3.11", "3.12"), sandbox=True)
    assert choice.python == python
    assert f"the sandbox tries it on {python}" in choice.note
    assert "has 3.11, 3.12 alone: install one with `uv python install 3." in choice.refusal


def test_a_cloud_that_has_no_python_for_an_app_refuses_it():
    """Nothing is tried there."""
    with pytest.raises(UserError, match=r"shop is for Python <3\.10, and platforms run 3\.11, 3\.12 alone"):
        python_of(app("<3.10"), ("3.11", "3.12"), sandbox=False)
