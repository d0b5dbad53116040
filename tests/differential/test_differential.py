"""Generated programs do the same in both engines, where Pulumi's own is on the PATH; the grammar holds everywhere."""

import ast
import shutil

import pytest

from tests.differential.campaign import compared, numbered
from tests.differential.play import engines

AGREED = (7, 103, 105)
"""Programs that are played in every run; `python -m tests.differential.campaign` plays as many as there is time for."""


@pytest.mark.parametrize("number", range(20))
def test_every_program_is_one(number):
    """The text of a drawn program compiles, and its commands are ones that the judge knows."""
    drawn = numbered(number)
    ast.parse(drawn.text)
    assert {command.split()[0] for command in drawn.commands} <= {"up", "preview", "drift", "refresh", "destroy"}


def test_a_number_names_one_program():
    """So that what differed can be played again."""
    assert numbered(3) == numbered(3)


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("pulumi") is None, reason="the `pulumi` command is not on this machine's PATH")
@pytest.mark.parametrize("number", AGREED)
def test_both_engines_agree(number, tmp_path):
    """Exit statuses, calls, checkpoints, plans and what exists are the same after every command."""
    with engines(tmp_path / "engines") as both:
        assert compared(numbered(number), both, tmp_path)[-1] == []
