"""What a destroy will do, told from the state alone."""

from pathlib import Path

import pytest
import yaml

from slipway.stack.destroy_plan import plan_destroy

CASES = sorted((Path(__file__).parents[2] / "cases/destroy_plan").glob("*.yaml"))


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_what_goes_what_blocks_what_lingers(path: Path):
    """A file a case: the state's resources, and all that is plan of them."""
    case = yaml.safe_load(path.read_text())
    plan = plan_destroy(case["resources"])
    assert dict(plan.going) == case["going"]
    assert plan.count == sum(case["going"].values())
    assert [f"{one.what} {one.id}" for one in plan.stateful] == case["stateful"]
    assert [
        f"{'certain' if b.certain else 'maybe'}: {b.what.what} {b.what.id}: {b.why}" for b in plan.blocking
    ] == case["blocking"]
    assert [f"{left.what.what} {left.what.id}: {left.until}: {left.cost}" for left in plan.lingering] == case[
        "lingering"
    ]
    assert plan.protected is case["protected"]


def test_the_most_are_named_first():
    """A long list begins with what there is most of."""
    many = [{"type": "aws:b:B", "urn": f"u::{n}", "id": str(n), "custom": True} for n in range(3)]
    one = {"type": "aws:a:A", "urn": "u::x", "id": "x", "custom": True}
    assert plan_destroy([one, *many]).going == (("aws:b:B", 3), ("aws:a:A", 1))
