"""Update plans: what `preview --save-plan` wrote down is all that `up --plan` does."""

import json

import pytest

TWO = """
Thing("a", value=f"v{STEP}")
Thing("b", value=pulumi.Output.secret("hidden-word"))
pulumi.export("step", STEP)
"""


@pytest.fixture
def planned(stage):
    """A stage whose program of step 1 is planned, and not yet done."""
    stage.program(TWO)
    stage.must("preview", "--save-plan", "plan.json", "--stack", "test")
    return stage


def follow(stage, *flags):
    """The `up` that is held to the plan."""
    return stage.run("up", "--yes", "--skip-preview", "--stack", "test", "--plan", "plan.json", *flags)


def test_a_plan_names_goals_and_steps_and_no_secret(planned):
    """The file has Pulumi's form, and what is secret is sealed in it."""
    text = (planned.folder / "plan.json").read_text()
    rows = json.loads(text)["resourcePlans"]
    row = next(row for urn, row in rows.items() if urn.endswith("::a"))
    assert (row["steps"], row["goal"]["inputDiff"]["adds"]["value"]) == (["create"], "v1")
    assert "hidden-word" not in text


def test_what_was_planned_is_done(planned):
    """And a plan that was followed allows nothing else afterwards."""
    assert follow(planned).returncode == 0
    assert planned.resource("a")["inputs"]["value"] == "v1"


def test_another_value_is_refused_before_it_is_made(planned):
    """The message names the resource and the property with its sign in the plan and now."""
    planned.step(2)
    done = follow(planned)
    assert done.returncode == 1
    assert "violates plan: properties changed: ++value" in done.stdout + done.stderr
    assert planned.effects() == []


def test_a_resource_that_was_not_planned_is_refused(planned):
    """A creation has to be in the plan."""
    planned.program(TWO + 'Thing("c", value="x")')
    done = follow(planned)
    assert "create is not allowed by the plan: no steps were expected" in done.stdout + done.stderr
    assert done.returncode == 1


def test_a_resource_that_does_not_come_is_missed(planned):
    """What the plan has and the program no longer asks for is an error at the end."""
    planned.program('Thing("a", value="v1")\npulumi.export("step", STEP)')
    done = follow(planned)
    assert "expected resource operations for" in done.stdout + done.stderr
    assert done.returncode == 1


def test_less_than_planned_is_allowed(planned):
    """Where somebody did it in the meantime, the same plan changes nothing."""
    planned.up()
    assert follow(planned).returncode == 0
    assert planned.effects() == []


def test_strict_does_what_its_own_preview_showed(planned):
    """`up --strict` makes a plan and follows it; without a preview there is none."""
    planned.must("up", "--yes", "--strict", "--stack", "test")
    assert planned.resource("a")["inputs"]["value"] == "v1"
    done = planned.run("up", "--yes", "--strict", "--skip-preview", "--stack", "test")
    assert "--strict cannot be used with --skip-preview" in done.stderr


def test_a_file_that_is_no_plan_is_named(planned):
    """With the command that writes one."""
    (planned.folder / "plan.json").write_text("[]")
    done = follow(planned)
    assert "preview --save-plan plan.json" in done.stderr
    assert done.returncode == 1 or done.returncode == 255
