"""The line of a changed file."""

import pytest

from slipway.verbs.changed_lines import first_changed_line


@pytest.mark.parametrize(
    ("before", "after", "line"),
    [
        (b"a\nb\nc\n", b"a\nB\nc\n", 2),
        (b"a\nb\n", b"a\nb\nc\n", 3),
        (b"a\nb\nc\n", b"a\nb\n", 2),
        (b"a\n", b"a\n", 0),
        (b"\xff\xfe\x00", b"a\n", 0),
    ],
    ids=["edited", "a line more", "a line less", "the same", "no text"],
)
def test_the_first_line_that_differs(before, after, line):
    """It is a line of the file as it is now; a file that is no text has none."""
    assert first_changed_line(before, after) == line
