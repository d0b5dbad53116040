"""Each of the 25 bad inputs the design names is refused somewhere: in a data file here, or by a test it points to."""

import ast
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[3]
CASES = sorted((ROOT / "tests/cases/settings").glob("*.yaml"))

TRAPS = {
    1: "empty project id",
    2: "upper case in it",
    3: "under 6 or over 30 characters",
    4: "trailing hyphen",
    5: "malformed billing account",
    6: "organization and folder both",
    7: "unknown environment",
    8: "stack and environment disagree",
    9: "unknown region",
    10: "App Engine region changed",
    11: "unknown API name",
    12: "version id default, latest or ah-…",
    13: "min over max instances",
    14: "memory negative, fractional or with a unit",
    15: "timeout over 900 s",
    16: "reserved concurrency over the limit",
    17: "bad or duplicate bucket name",
    18: "app_src folder missing",
    19: "no entry point in it",
    20: "unsupported runtime",
    21: "architecture the wheels lack",
    22: "upper case or a space in a repository",
    23: "port 0, 70000 or taken twice",
    24: "a secret in plain text",
    25: "a misspelt key, a duplicate key, YAML's no or 1e3 read as something else",
}

ELSEWHERE = {21: "tests/integration/bundle/test_wheels.py::test_the_platform_follows_the_runtime"}
"""What no settings can show, and the test that does."""


def traps(path: Path) -> int | None:
    return yaml.safe_load(path.read_text()).get("trap")


@pytest.mark.parametrize("number", TRAPS, ids=str)
def test_every_trap_has_a_case(number: int):
    """A data file, or a test elsewhere that exists."""
    files = [path for path in CASES if traps(path) == number]
    if number not in ELSEWHERE:
        assert files
        return
    path, _, name = ELSEWHERE[number].partition("::")
    functions = {node.name for node in ast.parse((ROOT / path).read_text()).body if isinstance(node, ast.FunctionDef)}
    assert name in functions


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_a_file_is_numbered_by_its_trap(path: Path):
    """The number stands first in the name; 26 and on are cases that the list does not have."""
    number = int(path.name[:2])
    assert traps(path) == (number if number in TRAPS else None)
