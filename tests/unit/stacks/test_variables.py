"""Variables in plain settings: which are a secret, which are the platform's, and which merely sound like one."""

from pathlib import Path

import pytest
import yaml

from stacks.checks import environment_variables

CASES = yaml.safe_load((Path(__file__).parents[2] / "cases/variables/names.yaml").read_text())


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['name']}={case['value']}")
def test_a_variable_is_accepted_or_refused_without_its_value(case):
    """What is refused says why, and never repeats the value."""
    try:
        environment_variables({case["name"]: case["value"]})
        words = ""
    except ValueError as refused:
        words = str(refused)
        assert case["value"] not in words.replace(case["name"], "").split()
    assert case["says"] in words if case["says"] else not words
