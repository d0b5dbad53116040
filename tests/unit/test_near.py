"""`make quick` runs the tests near what has changed."""

import runpy
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
near = runpy.run_path(str(ROOT / "scripts/near.py"))["near"]


@pytest.mark.parametrize(
    ("changed", "tests"),
    [
        (["slipway/verbs/up.py", "slipway/stack/pins.py"], ["tests/unit/stack", "tests/unit/verbs"]),
        (["policy/rules/labels.py"], ["tests/unit/policy"]),
        (["tests/unit/verbs/test_exit_status.py"], ["tests/unit/verbs/test_exit_status.py"]),
        (["README.md", "tests/unit/no/test_gone.py"], []),
    ],
)
def test_a_change_has_the_tests_of_its_room(changed: list[str], tests: list[str]):
    """And the rules of the house, which are quick."""
    assert near(changed, ROOT) == sorted([*tests, "tests/unit/test_house.py"])
