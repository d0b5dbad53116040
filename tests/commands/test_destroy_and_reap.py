"""`slipway destroy` and `slipway reap` on stacks of real clouds, through a `pulumi` of the tests' own."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from slipway.cli.main import app

CLI = Path(__file__).with_name("pulumi_cli.py")


def state(kind: str, expires: str | None, *, protect: bool = False) -> list[dict[str, Any]]:
    """A stack with one table, which no cloud is asked for: nobody knows how."""
    lifecycle = {"owner": "anna", "kind": kind, "expires": expires}
    table = {"type": "test:table:Table", "urn": "u::t", "id": "orders", "custom": True, "protect": protect}
    return [{"type": "pulumi:pulumi:Stack", "urn": "u::s", "outputs": {"lifecycle": lifecycle}}, table]


class World:
    """What the command answers from, and what it was asked."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def begin(self, failures: int = 0, **stacks: list[dict[str, Any]]) -> None:
        named = {name.replace("_", "-"): resources for name, resources in stacks.items()}
        self.path.write_text(json.dumps({"stacks": named, "failures": failures, "asked": []}))

    @property
    def asked(self) -> list[str]:
        """What changes something, in order."""
        words = json.loads(self.path.read_text())["asked"]
        return [said for said in words if not said.startswith("stack ")]


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    """A project with a kept and an ephemeral stack; another demo has no file."""
    (tmp_path / "Pulumi.yaml").write_text("name: slipway\n")
    (tmp_path / "stacks").mkdir()
    for stack in ("dev", "prod"):
        (tmp_path / f"stacks/Pulumi.{stack}.yaml").write_text(f"config:\n  slipway:environment: {stack}\n")
    (tmp_path / "bin").mkdir()
    command = tmp_path / "bin/pulumi"
    command.write_text(f'#!/bin/sh\nexec {sys.executable} {CLI} "$@"\n')
    command.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")
    monkeypatch.setenv("PULUMI_TEST_WORLD", str(tmp_path / "world.json"))
    monkeypatch.delenv("SLIPWAY_HOME", raising=False)
    monkeypatch.chdir(tmp_path)
    return World(tmp_path / "world.json")


def said(*words: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, list(words))
    return result.exit_code, result.output


def test_a_kept_stack_asks_for_its_name(world: World):
    """Without it nothing is destroyed, and what would go has been said."""
    world.begin(prod=state("kept", None))
    status, text = said("destroy", "--stack", "prod", "--yes")
    assert status == 1
    assert text.splitlines() == [
        "prod: 1 resources will go: 1 Table",
        "error: the stack 'prod' is kept: say its name to destroy it, `--confirm prod`",
    ]
    assert world.asked == []


def test_another_name_destroys_nothing(world: World):
    """The name of another stack is a slip of the hand."""
    world.begin(prod=state("kept", None))
    status, text = said("destroy", "--stack", "prod", "--confirm", "dev", "--yes")
    assert status == 1
    assert "is kept, and the name given is 'dev': nothing was destroyed" in text
    assert world.asked == []


def test_a_protected_stack_goes_with_its_name(world: World):
    """The state's protection is lifted, then all goes; what cannot be looked up afterwards is said by its id."""
    world.begin(prod=state("kept", None, protect=True))
    status, text = said("destroy", "--stack", "prod", "--confirm", "prod", "--yes", "--non-interactive")
    assert status == 0
    assert "blocks: Table orders: protected in the stack's state" in text
    assert world.asked == [
        "state unprotect --all --yes --stack prod",
        "destroy --stack prod --yes --non-interactive",
    ]
    assert "not looked at: test:table:Table orders: no way is known to ask for it: look it up by this id" in text


def test_an_ephemeral_stack_needs_no_name(world: World):
    """`pulumi` asks whether it is meant; that is enough."""
    world.begin(dev=state("ephemeral", "2027-01-01"))
    assert said("destroy", "--stack", "dev", "--yes")[0] == 0
    assert world.asked == ["destroy --stack dev --yes"]


@pytest.mark.parametrize("options", [["--yes"], ["--yes", "--target", "u::t"]])
def test_a_pin_goes_with_the_whole_stack_alone(world: World, tmp_path: Path, options: list[str]):
    """What it names is no more, whatever else was said on the command line; where something stays, so does the pin."""
    world.begin(dev=state("ephemeral", "2027-01-01"))
    file = tmp_path / "stacks/Pulumi.dev.yaml"
    file.write_text(file.read_text() + "  slipway:apps:\n    web:\n      platform: lambda\n      serve: '3'\n")
    assert said("destroy", "--stack", "dev", *options)[0] == 0
    assert ("serve" in file.read_text()) == ("--target" in options)


def test_a_stack_that_is_not_there_is_a_message(world: World):
    """In the engine's own words."""
    world.begin()
    assert said("destroy", "--stack", "dev") == (
        1,
        "error: `pulumi stack export --stack dev` failed: no stack named 'dev' found\n",
    )


def test_a_failed_destroy_is_not_audited(world: World):
    """Its status is the engine's; nothing is said of what is left, for all may be."""
    world.begin(failures=1, dev=state("ephemeral", "2027-01-01"))
    status, text = said("destroy", "--stack", "dev", "--yes")
    assert status == 255
    assert "left" not in text


DEMOS = {
    "demo_old": state("ephemeral", "2001-01-01"),
    "demo_new": state("ephemeral", "2999-01-01"),
    "prod": state("kept", "2001-01-01"),
    "empty": [],
}


def test_reap_takes_what_is_past_its_end_alone(world: World):
    """Neither file nor name matters: the state says what is ephemeral and when it ends."""
    world.begin(**DEMOS)
    status, text = said("reap")
    assert status == 0
    assert world.asked == ["destroy --stack demo-old --yes --skip-preview --non-interactive"]
    assert "demo-old: 1 resources will go: 1 Table" in text
    ends = {line.split()[0]: line for line in text.splitlines() if " pulumi " in line}
    assert set(ends) == {"demo-old", "demo-new", "prod", "empty"}
    assert ends["demo-old"].endswith("days ago   is destroyed")
    assert ends["prod"].endswith("kept")


def test_a_dry_run_changes_nothing(world: World):
    """It says what would be destroyed."""
    world.begin(**DEMOS)
    status, text = said("reap", "--dry-run")
    assert (status, world.asked) == (0, [])
    assert "would be destroyed" in text


def test_an_interrupted_destroy_is_gone_on_with(world: World):
    """Unlock, look at what is there, try again."""
    world.begin(failures=1, **DEMOS)
    assert said("reap")[0] == 0
    again = "destroy --stack demo-old --yes --skip-preview --non-interactive"
    assert world.asked == [
        again,
        "cancel --stack demo-old --yes",
        "refresh --stack demo-old --yes --skip-preview",
        again,
    ]


def test_reap_gives_up_after_three_attempts_and_says_so(world: World):
    """One that cannot be destroyed does not keep the others alive."""
    world.begin(failures=3, demo_old=DEMOS["demo_old"], demo_older=state("ephemeral", "2000-01-01"))
    status, text = said("reap")
    assert status == 1
    assert [words.split()[2] for words in world.asked if words.startswith("destroy")] == ["demo-old"] * 3 + [
        "demo-older"
    ]
    assert "demo-old could not be destroyed; it is tried again at the next reap" in text


def test_reap_goes_on_without_a_backend_that_does_not_answer(world: World, tmp_path: Path):
    """`pulumi` is installed and not signed in: the sandbox is looked at all the same, and the other is reported."""
    world.begin()
    world.path.write_text(json.dumps({**json.loads(world.path.read_text()), "signed_out": True}))
    states = tmp_path / ".slipway/state/.pulumi/stacks/slipway"
    states.mkdir(parents=True)
    latest = {"resources": state("ephemeral", "2999-01-01")}
    (states / "demo-here.json").write_text(json.dumps({"version": 3, "checkpoint": {"latest": latest}}))
    status, text = said("reap", "--dry-run", "--engine", "auto")
    assert status == 1
    assert "the backend pulumi was not looked at: `pulumi stack ls --json` failed: PULUMI_ACCESS_TOKEN" in text


def test_reap_without_pulumi_says_what_it_does_not_see(world: World, monkeypatch: pytest.MonkeyPatch):
    """An empty table is no proof that nothing has expired."""
    monkeypatch.setenv("PATH", "/nowhere")
    status, text = said("reap")
    assert status == 0
    assert "Pulumi's backend is not looked at: that needs the `pulumi` command" in text
    assert said("reap", "--engine", "pulumi") == (
        1,
        "error: there is no `pulumi` on the PATH: leave --engine out to look at the sandbox alone\n",
    )
