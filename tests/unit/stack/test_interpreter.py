"""The Python that `pulumi` runs a program with, in a checkout without an environment of its own."""

import sys
from pathlib import Path

import pytest

from slipway.errors import UserError
from slipway.stack.interpreter import interpreter

PROGRAM = "name: x\nruntime:\n  name: python\n  options:\n    virtualenv: .venv\n"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "Pulumi.yaml").write_text(PROGRAM)
    return tmp_path


@pytest.mark.parametrize("empty", [False, True])
def test_a_checkout_without_an_environment_borrows_ours(root: Path, empty: bool):
    """As long as the engine runs; an empty folder is no environment."""
    if empty:
        (root / ".venv").mkdir()
    with interpreter(root):
        assert (root / ".venv").resolve() == Path(sys.prefix).resolve()
    assert not (root / ".venv").is_symlink()


def test_an_environment_of_its_own_is_used(root: Path):
    """It is left as it is."""
    (root / ".venv/bin").mkdir(parents=True)
    (root / ".venv/bin/python").touch()
    (root / ".venv/lib/python3.11/site-packages/pulumi").mkdir(parents=True)
    with interpreter(root):
        assert not (root / ".venv").is_symlink()
    assert (root / ".venv/bin/python").exists()


def test_an_environment_without_the_sdk_is_named(root: Path):
    """As `pulumi` makes one where it finds none."""
    (root / ".venv/bin").mkdir(parents=True)
    (root / ".venv/bin/python").touch()
    with (
        pytest.raises(UserError, match="has no package `pulumi`, so no program runs in it: `make setup`"),
        interpreter(root),
    ):
        pass


def test_a_program_that_names_no_environment_is_left_alone(root: Path):
    """`pulumi` then takes the Python of the PATH."""
    (root / "Pulumi.yaml").write_text("name: x\nruntime: python\n")
    with interpreter(root):
        assert not (root / ".venv").is_symlink()
