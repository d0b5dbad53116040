"""The list of a class."""

from pathlib import Path

import pytest

from slipway.errors import UserError
from slipway.verbs.classroom import students_in


@pytest.fixture
def names(tmp_path: Path) -> Path:
    """A file for the list."""
    return tmp_path / "students.txt"


def test_a_name_a_line(names: Path):
    """Empty lines and comments are no names."""
    names.write_text("anna\n\n# the others\nben # late\n")
    assert students_in(names) == ["anna", "ben"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("anna\nBen Müller\n", r"students.txt:2: a name has .* got 'Ben Müller': write ben-m-ller"),
        ("anna\nanna\n", "'anna' stands there twice"),
        ("# none\n", "there is no name in it"),
    ],
    ids=["no label", "twice", "empty"],
)
def test_a_mistake_names_the_file(names: Path, text: str, message: str):
    """And the line, with what could stand there."""
    names.write_text(text)
    with pytest.raises(UserError, match=message):
        students_in(names)


def test_a_list_that_is_not_there(names: Path):
    """It is named."""
    with pytest.raises(UserError, match=r"students.txt: a text file with a name a line is expected"):
        students_in(names)
