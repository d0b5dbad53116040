"""The house's rules that no linter knows."""

import ast
import re
from pathlib import Path

import pytest

from tests.demo_apps import FOLDERS

ROOT = Path(__file__).parents[2]
OURS = [
    path
    for folder in (
        *(ROOT / name for name in ("slipway", "components", "stacks", "tests", "benchmarks", "policy", "bootstrap")),
        *FOLDERS,
    )
    for path in sorted(folder.rglob("*.py"))
    if path.relative_to(ROOT).parts[:2] != ("tests", "conformance") and "__pycache__" not in path.parts
]
TESTS = [path for path in OURS if path.name.startswith("test_") and path != Path(__file__)]


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", TESTS, ids=name)
def test_every_test_says_what_it_holds(path: Path):
    """A failing test's docstring is the first thing its reader sees."""
    functions = [
        node
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    silent = [node.name for node in functions if node.name.startswith("test_") and not ast.get_docstring(node)]
    assert silent == []


@pytest.mark.parametrize("path", TESTS, ids=name)
def test_fakes_stand_at_boundaries_we_own(path: Path):
    """Patching somebody's insides tests the patch: fakes are passed in, and raise on what they do not know."""
    assert re.search(r"\bmock\.patch|\bfrom unittest\b|\bimport unittest\b", path.read_text()) is None


def test_nothing_listens_beyond_this_machine():
    """Every listener of ours binds to loopback; a container's own port is its Dockerfile's business."""
    everywhere = "0.0.0" + ".0"
    offered = {
        ROOT / "stacks/platforms/container.py",  # a stack may choose it for a container
        ROOT / "slipway/sandbox/running/loopback.py",  # what is replaced by loopback
        ROOT / "policy/rules/networks.py",  # what a network may not be
        ROOT / "slipway/bundle/inside/slipway_listen.py",  # goes with an app, whose platform's machine it runs on
        ROOT / "slipway/recognise/frameworks.py",  # what a platform's own machine is told, where it asks for it
    }
    assert {p for p in OURS if everywhere in p.read_text() and "tests" not in p.parts} == offered


def test_no_file_records_a_registry():
    """The lists of packages pin versions and hashes; where they come from is the machine's setting."""
    for listed in [*ROOT.glob("requirements*.txt"), *(folder / "requirements.txt" for folder in FOLDERS)]:
        assert re.search(r"https?://|--index-url|--find-links", listed.read_text()) is None, listed
    assert not (ROOT / "uv.lock").exists()
    cases = [path for path in (ROOT / "tests/cases/locks").rglob("*") if path.is_file()]
    hosts = {host for path in cases for host in re.findall(r"https?://([^/\"'\s]+)", path.read_text())}
    assert {host for host in hosts if not host.endswith((".example", "example.org"))} == set()
