"""The last outputs are asked for again while `pulumi` writes the checkpoint that they are in."""

import pytest

from stacks.previous_outputs import ask_again


def answering(*answers: object):
    """Gives one answer after the other; an exception is raised."""
    rest = list(answers)

    def ask() -> object:
        answer = rest.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    return ask


def test_a_checkpoint_that_is_being_written_is_read_again():
    """`pulumi` reads it as cut off."""
    cut_off = Exception("readStackOutputs returned an error: failed to load checkpoint: EOF")
    assert ask_again(answering(cut_off, cut_off, {"outputs": {}}), pause=0) == {"outputs": {}}


def test_another_error_is_an_error_at_once():
    """As a stack that the backend refuses to show."""
    with pytest.raises(Exception, match="access denied"):
        ask_again(answering(Exception("access denied"), {}), pause=0)


def test_a_checkpoint_that_stays_broken_is_an_error():
    """After seven questions."""
    cut_off = Exception("failed to load checkpoint: EOF")
    with pytest.raises(Exception, match="failed to load checkpoint"):
        ask_again(answering(*[cut_off] * 7), pause=0)
