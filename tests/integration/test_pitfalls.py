"""The page of pitfalls: a surprise of a cloud is met in the sandbox too, or the page of what is less names it."""

import ast
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
BULLET = re.compile(r"^- \*\*(.+?)\*\*", re.MULTILINE)
LESS = ("docs/less-than-the-cloud.md", "docs/sandbox-types.md", "docs/guide/sandbox.md")
"""Where the sandbox says what it does less than its clouds."""
HELD: dict[str, dict[str, Any]] = yaml.safe_load((ROOT / "tests/cases/pitfalls.yaml").read_text())


@cache
def names_in(file: str) -> frozenset[str]:
    """The names of the tests in a file."""
    tree = ast.parse((ROOT / file).read_text())
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def words(text: str) -> str:
    """A text on one line, without marks."""
    return " ".join(re.sub(r"[*`]", "", text).split())


def test_every_pitfall_is_held():
    """A bullet that is added without a row, or a row that outlives its bullet, is found."""
    bullets = [" ".join(title.split()) for title in BULLET.findall((ROOT / "docs/pitfalls.md").read_text())]
    assert sorted(HELD) == sorted(bullets)


@pytest.mark.parametrize("pitfall", HELD)
def test_a_pitfall_is_met_in_the_sandbox_or_named(pitfall: str):
    """By tests that there are, by a sentence of a page, or by the reason why no app meets it."""
    row = HELD[pitfall]
    assert len(row) == 1
    for test in row.get("tests", ()):
        file, _, name = test.partition("::")
        assert name in names_in(file), f"{test} is no test"
    if "less" in row:
        assert any(words(row["less"]) in words((ROOT / page).read_text()) for page in LESS), row["less"]
    assert row.get("tests") or row.get("less") or len(row["not_apps"].split()) > 5
