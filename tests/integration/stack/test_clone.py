"""`slipway stack new`: throw-away copies, and how long they live."""

import json
import runpy
from datetime import date, timedelta
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from policy.evaluation import evaluate
from policy.model import Context
from slipway.cli.main import app
from slipway.errors import UserError
from slipway.stack.clone import DERIVED, MAX_INSTANCES, clone_settings, derived_name
from slipway.stack.expiry import prolong, span
from slipway.stack.project import Project
from slipway.stack.settings_file import settings_of
from stacks.checks import lifetime
from stacks.kinds import KINDS

ROOT = Path(__file__).parents[3]
CASES = sorted((ROOT / "tests/cases/clone").glob("*.yaml"))
TODAY = date(2026, 11, 21)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A project with the committed stacks."""
    (tmp_path / "Pulumi.yaml").write_text("name: slipway\n")
    (tmp_path / "stacks").mkdir()
    for path in (ROOT / "stacks").glob("Pulumi.*.yaml"):
        (tmp_path / "stacks" / path.name).write_text(path.read_text())
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SLIPWAY_HOME", raising=False)
    return Project.find()


def said(*words: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["stack", "new", *words])
    return result.exit_code, result.output


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_a_copy_is_made_or_refused(path: Path):
    """A file a case: the source, what is made of it, what is left out and why; or the exact refusal."""
    case = yaml.safe_load(path.read_text())

    def make():
        return clone_settings(
            case["of"],
            project="slipway",
            source=case["source"],
            name=case["name"],
            until=TODAY + span(case["after"]),
            after=case["after"],
            owner=case.get("owner"),
            budget=case.get("budget"),
        )

    if "refuses" in case:
        with pytest.raises(UserError) as refused:
            make()
        assert str(refused.value) == case["refuses"]
        return
    made = make()
    assert made.text == case["makes"]
    assert list(made.left_out) == case["left_out"]


@pytest.mark.parametrize("source", ["sandbox", "dev", "staging"])
def test_a_copy_of_ours_passes_settings_and_policy(deploy, project: Project, monkeypatch, source: str):
    """What `stack new` writes can be brought up: nothing is refused, and no rule finds anything."""
    assert said("demo-anna", "--from", source, "--owner", "anna")[0] == 0
    config = yaml.safe_load(project.stack_file("demo-anna").read_text())["config"]
    text = {key: value if isinstance(value, str) else json.dumps(value) for key, value in config.items()}
    monkeypatch.chdir(ROOT)
    program = lambda: runpy.run_path(str(ROOT / "__main__.py"), run_name="__main__")  # noqa: E731
    deployed = deploy(program, stack="demo-anna", config=text)
    assert deployed.exports["lifecycle"]["kind"] == "ephemeral"
    assert deployed.exports["lifecycle"]["owner"] == "anna"
    assert evaluate(deployed.for_policy, Context.from_config("demo-anna", config, TODAY)) == []


def test_it_says_what_comes_next(project: Project):
    """The file, its end, what was renamed, the commands."""
    status, text = said("demo-anna", "--from", "dev", "--expires", "1w")
    until = yaml.safe_load(project.stack_file("demo-anna").read_text())["config"]["slipway:expires"]
    assert status == 0
    assert text.splitlines() == [
        f"made stacks/Pulumi.demo-anna.yaml: a copy of dev until {until}, prolonged by 1w at each up",
        f"  slipway:gcp.project.prefix: {derived_name('example-slipway-dev', 'dev', 'demo-anna', 23)}"
        " (there example-slipway-dev)",
        "  slipway:registries.aws.name: slipway-demo-anna-images (there slipway-dev-images)",
        "next:",
        "  pulumi stack init demo-anna",
        "  slipway up --stack demo-anna",
    ]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["demo-a b"], "a stack's name must have letters, digits, '_', '.' and '-' only, got 'demo-a b'"),
        (["demo-" + "a" * 96], "a stack's name has 100 characters at most, got 101: "),
        (["anna"], "a throw-away copy is called demo-NAME, got 'anna': say demo-anna"),
        (["demo-"], "a throw-away copy is called demo-NAME, got 'demo-': say demo-"),
        (["demo-a", "--from", "dve"], "there is no stack 'dve' (did you mean 'dev'?): stacks/ has dev"),
        (["demo-a", "--expires", "3h"], "a stack lives for 1d to 90d, or 1w to 12w, got '3h'"),
        (["demo-a", "--owner", "Anna B"], "an owner is a label, 1 to 63 characters"),
        (["demo-a", "--from", "prod"], "'prod' uses the existing project 'example-slipway-prod'"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_written(project: Project, words: list[str], message: str):
    """One message each; the folder is as it was."""
    before = project.stacks
    status, text = said(*words)
    assert status == 1
    assert text.startswith(f"error: {message}")
    assert project.stacks == before


def test_a_name_that_is_taken_is_refused(project: Project):
    """Also where it differs but for case, which some file systems do not tell apart; the file stays as it is."""
    assert said("demo-anna")[0] == 0
    before = project.stack_file("demo-anna").read_text()
    status, text = said("demo-Anna", "--from", "sandbox")
    assert (status, text) == (
        1,
        "error: there is a stack 'demo-anna' already: choose another name, or `slipway up` it\n",
    )
    assert project.stack_file("demo-anna").read_text() == before


def test_derived_names_are_short_enough_and_differ():
    """Cut where they must be, with a digest that keeps two demos apart."""
    for longest in DERIVED.values():
        made = {
            derived_name("example-slipway-dev", "dev", f"demo-{'long-' * 15}{who}", longest) for who in ("anna", "bob")
        }
        assert len(made) == 2
        assert all(len(name) <= longest and not name.endswith("-") for name in made)


def test_a_copy_has_an_ephemeral_stacks_ceiling():
    """The command, which does not import the program, knows the same number."""
    assert KINDS["ephemeral"].max_instances == MAX_INSTANCES


@pytest.mark.parametrize(("text", "days"), [("1d", 1), ("90d", 90), ("1w", 7), ("12w", 84)])
def test_a_span_is_whole_days(text: str, days: int):
    """Days and weeks, and the settings take the same."""
    assert span(text) == timedelta(days=days)
    assert lifetime(text) == text


@pytest.mark.parametrize("text", ["", "0d", "91d", "13w", "3", "3h", "d", "-1d", "1.5d", "03d", "3 d"])
def test_a_span_of_another_form_is_refused(text: str):
    """By the command and by the settings alike."""
    with pytest.raises(UserError, match="a stack lives for 1d to 90d"):
        span(text)
    with pytest.raises(ValueError, match="must be 1d to 90d"):
        lifetime(text)


DEMO = "config:\n  slipway:owner: a # b\n  slipway:expires: {}  # written by up\n  slipway:expires_after: 3d\n"


@pytest.mark.parametrize("day", ['"2026-11-20"', "'2026-11-20'", "2026-11-20"])
def test_up_prolongs_in_the_file(project: Project, day: str):
    """The day alone changes, however it was quoted; comments stay."""
    path = project.root / "stacks/Pulumi.demo.yaml"
    path.write_text(DEMO.format(day))
    assert prolong(settings_of(project, "demo"), TODAY) == date(2026, 11, 24)
    assert path.read_text() == DEMO.format('"2026-11-24"')
    assert prolong(settings_of(project, "demo"), TODAY) is None


def test_a_later_day_is_left(project: Project):
    """Somebody wants it to live longer than an up would make it."""
    path = project.root / "stacks/Pulumi.demo.yaml"
    path.write_text(DEMO.format('"2027-01-01"'))
    assert prolong(settings_of(project, "demo"), TODAY) is None
    assert path.read_text() == DEMO.format('"2027-01-01"')


def test_a_stack_without_a_span_is_not_prolonged(project: Project):
    """Its day is what somebody wrote; the sandbox has none."""
    assert [prolong(settings_of(project, stack), TODAY) for stack in ("sandbox", "dev", "prod")] == [None, None, None]


def test_a_span_without_a_day_is_a_message(project: Project):
    """With the line to write."""
    (project.root / "stacks/Pulumi.demo.yaml").write_text("config: {'slipway:expires_after': 3d}\n")
    with pytest.raises(UserError, match='write `slipway:expires: "2026-11-24"` below it'):
        prolong(settings_of(project, "demo"), TODAY)


def test_files_of_a_class_need_no_engine(project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Copies of a stack in a cloud are written on a machine without Pulumi."""
    monkeypatch.setenv("PATH", "/nowhere")
    names = tmp_path / "students.txt"
    names.write_text("anna\n")
    words = ["classroom", str(names), "--from", "dev", "--budget", "5"]
    done = CliRunner().invoke(app, words)
    assert (done.exit_code, "demo-anna         not up" in done.output) == (0, True), done.output
    assert yaml.safe_load(project.stack_file("demo-anna").read_text())["config"]["slipway:budget"]["amount"] == 5
