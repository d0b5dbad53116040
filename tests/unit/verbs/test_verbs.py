"""Commands about an app whose platform lacks the verb: the command itself explains it, and changes nothing."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from slipway.cli.main import app
from slipway.platforms import PLATFORMS, platform_of

URL = "http://127.0.0.1:1"
COMMANDS = {
    "logs": [["logs", "web"], ["logs", "web", "--follow"]],
    "versions": [["versions", "web"]],
    "rollback": [["rollback", "web"], ["rollback", "web", "--to", "abcdef"], ["rollback", "web", "--forget"]],
    "canary": [["promote", "web"]],
    "prune": [["prune", "web", "--keep", "1"], ["prune", "web", "--keep", "1", "--dry-run"]],
    "invoke": [["invoke", "web", "--event", "none.json"]],
    "trigger": [["trigger", "web"], ["trigger", "web", "nightly"]],
}
"""What is typed, by the verb of the platform that it needs."""
LACKING = [
    pytest.param(platform, verb, words, id=f"{platform}: {' '.join(words)}")
    for platform in PLATFORMS
    for verb, all_words in COMMANDS.items()
    if isinstance(getattr(platform_of(platform), verb), str)
    for words in all_words
]


def deploy(folder: Path, platform: str, url: str = URL, **details: str) -> Path:
    """A project whose sandbox has one app, live in a platform; the stack's file."""
    (folder / "stacks").mkdir()
    (folder / "Pulumi.yaml").write_text("name: slipway\nruntime: python\n")
    file = folder / "stacks/Pulumi.sandbox.yaml"
    file.write_text("config:\n  slipway:environment: sandbox\n  slipway:apps:\n    web:\n      source: app_src/web\n")
    said = {
        "platform": platform,
        "url": url,
        "resource": "web",
        "digest": "a" * 64,
        "probe": [],
        "versions": [],
        **details,
    }
    stack = {
        "urn": "urn:pulumi:sandbox::slipway::pulumi:pulumi:Stack::slipway-sandbox",
        "custom": False,
        "type": "pulumi:pulumi:Stack",
        "outputs": {"apps": {"web": said}},
    }
    latest = {"manifest": {"time": "2026-11-21T00:00:00Z", "magic": "", "version": ""}, "resources": [stack]}
    checkpoint = {"version": 3, "checkpoint": {"stack": "organization/slipway/sandbox", "latest": latest}}
    state = folder / ".slipway/state/.pulumi/stacks/slipway/sandbox.json"
    state.parent.mkdir(parents=True)
    state.write_text(json.dumps(checkpoint))
    return file


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder, in which nothing says where a sandbox would be."""
    monkeypatch.chdir(tmp_path)
    for name in ("SLIPWAY_HOME", "PULUMI_BACKEND_URL", "PULUMI_STACK", "SLIPWAY_WITH", "SLIPWAY_WITHOUT"):
        monkeypatch.setenv(name, "")
    return tmp_path


@pytest.mark.parametrize(("platform", "verb", "words"), LACKING)
def test_the_command_says_what_the_platform_lacks(here: Path, platform: str, verb: str, words: list[str]):
    """Its sentence, with the address where one is to ask there; exit status 1, the stack's file and state untouched."""
    deploy(here, platform)
    before = {path: path.read_bytes() for path in here.rglob("*") if path.is_file()}
    done = CliRunner().invoke(app, words)
    sentence = getattr(platform_of(platform), verb)
    assert done.output == f"error: web: {sentence}{f': {URL}' if 'address' in sentence else ''}\n"
    assert done.exit_code == 1
    assert {path: path.read_bytes() for path in here.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize("platform", [name for name in PLATFORMS if isinstance(platform_of(name).canary, str)])
def test_a_canary_refuses_to_send_all_requests_to_new_code(here: Path, platform: str):
    """An app that changed, on a platform that cannot share requests, stops `up --canary` before all else."""
    file = deploy(here, platform, kind="static-folder", source="app_src/web")
    before = file.read_text()
    (here / "app_src/web").mkdir(parents=True)
    (here / "app_src/web/main.py").write_text("app = None\n")
    (here / "app_src/web/requirements.txt").write_text("")
    done = CliRunner().invoke(app, ["up", "--canary", "10", "--engine", "embedded"])
    assert done.exit_code == 1
    assert "web has changed (" in done.output
    assert f"and {platform_of(platform).canary}\nnothing was deployed" in done.output
    assert "`--all`" in done.output
    assert file.read_text() == before


def test_an_address_is_printed_alone(here: Path):
    """So that a shell can take it: `curl $(slipway open web)`."""
    deploy(here, "Docker")
    assert CliRunner().invoke(app, ["open", "web"]).output == f"{URL}\n"


def test_a_pipeline_has_no_address(here: Path):
    """It is said, with where the app runs."""
    deploy(here, "Dataflow", url="")
    done = CliRunner().invoke(app, ["open", "web"])
    assert (done.exit_code, done.output) == (1, "error: web runs on Dataflow and has no address\n")


@pytest.mark.parametrize("verb", ["invoke", "trigger", "rollback", "promote", "prune --keep 2", "data pull"])
def test_a_command_that_needs_an_app_lists_the_apps(here: Path, verb: str):
    """Without the name of an app it prints the command to type for each app of the stack, and does nothing."""
    deploy(here, "AWS Lambda")
    done = CliRunner().invoke(app, verb.split())
    command, *options = verb.split(" --")
    assert done.exit_code == 1
    assert " --".join([f"  slipway {command} web", *options]) in done.output.splitlines()


@pytest.mark.parametrize(("url", "shown"), [(URL, URL), ("", "no address")])
def test_open_without_an_app_lists_every_address(here: Path, url: str, shown: str):
    """The addresses of all apps stand in one table, and an app without one has that in its place."""
    deploy(here, "AWS Lambda", url=url)
    done = CliRunner().invoke(app, ["open"])
    assert done.exit_code == 0, done.output
    assert done.output.splitlines()[-1].split(maxsplit=1) == ["web", shown]


@pytest.mark.parametrize("verb", ["logs", "versions"])
def test_the_problem_of_the_only_app_is_that_of_all(here: Path, verb: str):
    """Where no app of a stack can be asked, the command without an app ends with the message of one."""
    deploy(here, "AWS Lambda")
    alone, named = CliRunner().invoke(app, [verb]), CliRunner().invoke(app, [verb, "web"])
    assert (alone.exit_code, alone.output) == (named.exit_code, named.output)
    assert named.exit_code == 1
