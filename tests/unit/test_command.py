"""The command before it acts: where it stands, which stack, which engine, and what it says of mistakes."""

import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest
from typer.testing import CliRunner

from slipway.cli.groups import ENTRIES
from slipway.cli.main import app
from slipway.errors import UserError
from slipway.stack import engines
from slipway.stack.engines import Engine
from slipway.stack.outputs import deployed, pick
from slipway.stack.project import Project
from slipway.stack.session import Run
from slipway.stack.settings_file import is_sandbox
from slipway.verbs import preview

SANDBOX = "config:\n  slipway:environment: sandbox\n"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A project with a sandbox and a real stack, an empty PATH, and the working folder below its root."""
    (tmp_path / "Pulumi.yaml").write_text("name: slipway # ours\n")
    (tmp_path / "stacks").mkdir()
    (tmp_path / "stacks/Pulumi.sandbox.yaml").write_text(SANDBOX)
    (tmp_path / "stacks/Pulumi.dev.yaml").write_text(SANDBOX.replace("sandbox", "dev"))
    monkeypatch.chdir(tmp_path / "stacks")
    monkeypatch.delenv("SLIPWAY_HOME", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))
    return Project.find()


def said(*words: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, list(words))
    return result.exit_code, result.output


def typed(*words: str) -> tuple[int, str]:
    """The same in a process of its own: the engine leaves what leads to the sandbox in its environment."""
    command = [sys.executable, "-m", "slipway", *words]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return done.returncode, done.stdout


def test_finds_the_project_from_a_folder_inside_it(project: Project, tmp_path: Path):
    """Like git: any folder below the root will do."""
    assert (project.root, project.state_folder, project.name) == (tmp_path, tmp_path / ".slipway", "slipway")
    assert project.stacks == ["dev", "sandbox"]
    assert is_sandbox(project, "sandbox")
    assert not is_sandbox(project, "dev")


def test_outside_of_a_project_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """No Pulumi.yaml anywhere above: one message with the folder."""
    monkeypatch.chdir(tmp_path)
    status, text = said("preview")
    assert status == 1
    assert text == f"error: no Pulumi.yaml in {tmp_path} or above it: run slipway inside a checkout of the project\n"


@pytest.mark.parametrize("verb", ["up", "preview", "refresh", "destroy", "status"])
def test_an_unknown_stack_names_those_there_are(project: Project, verb: str):
    """A misspelt stack is answered with the nearest name, and nothing is started."""
    status, text = said(verb, "--stack", "sandbx")
    assert status == 1
    assert text == (
        "error: there is no stack 'sandbx' (did you mean 'sandbox'?): stacks/ has dev, sandbox; "
        "`slipway stack new demo-NAME` makes a throw-away copy of one\n"
    )
    assert not project.state_folder.exists()


@pytest.mark.parametrize("verb", ["up", "preview", "refresh", "destroy"])
def test_a_real_cloud_without_pulumi_says_how_to_install_it(project: Project, verb: str):
    """The embedded engine never stands in for a real cloud."""
    status, text = said(verb, "--stack", "dev")
    assert status == 1
    assert "the stack 'dev' needs the `pulumi` command" in text
    assert engines.INSTALL in text
    assert not project.state_folder.exists()


def test_the_embedded_engine_refuses_a_real_cloud():
    """Asked for by name, it says why not."""
    with pytest.raises(UserError, match="the embedded engine never touches"):
        engines.choose(Engine.embedded, sandbox=False, stack="prod")


def test_pulumi_is_taken_where_it_is(project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """On a machine with the command the sandbox runs on it too, unless told otherwise."""
    assert engines.choose(Engine.auto, sandbox=True, stack="sandbox") is Engine.embedded
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/pulumi").write_text("#!/bin/sh\n")
    (tmp_path / "bin/pulumi").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    assert engines.choose(Engine.auto, sandbox=True, stack="sandbox") is Engine.pulumi
    assert engines.choose(Engine.embedded, sandbox=True, stack="sandbox") is Engine.embedded
    assert engines.choose(Engine.auto, sandbox=False, stack="dev") is Engine.pulumi


def test_a_stack_file_that_is_no_yaml_is_named(project: Project):
    """The file is named, not a parser's traceback shown."""
    (project.root / "stacks/Pulumi.sandbox.yaml").write_text("config: [")
    status, text = said("preview")
    assert status == 1
    assert "Pulumi.sandbox.yaml is not YAML" in text
    assert "`git checkout stacks/Pulumi.sandbox.yaml`" in text


def test_apps_come_from_the_stacks_outputs():
    """An app that is not there is answered with those that are."""
    outputs = {
        "apps": {"time-service": {"platform": "App Engine", "url": "http://127.0.0.1:1", "versions": ["b", "a"]}}
    }
    assert deployed(outputs)["time-service"].versions == ("b", "a")
    with pytest.raises(UserError, match=r"no app 'time-servce' \(did you mean 'time-service'\?\): it has time-service"):
        pick(outputs, "time-servce", "sandbox")
    with pytest.raises(UserError, match=r"no addresses of apps yet.* Run `slipway up --stack dev`"):
        pick({}, "time-service", "dev")


@pytest.mark.parametrize("command", ENTRIES)
def test_every_command_explains_itself(command: str):
    """A newcomer reads a sentence, not a list of flags alone."""
    assert command == "engine" or len(said(command, "--help")[1].split("\n\n")[1].split()) >= 6


def test_a_preview_explains_the_apps_that_have_a_folder(
    project: Project, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    """Nothing is said of what watches the others, nor of an app that was removed with its folder."""
    (project.root / "app_src/here").mkdir(parents=True)
    (project.root / "app_src/here/main.py").write_text("a = 1\n")
    of_an_app = {
        "platform": "AWS Lambda",
        "kind": "static-folder",
        "digest": "0" * 64,
    }
    outputs = {
        "apps": {
            "gone": {**of_an_app, "source": "app_src/gone"},
            "here": {**of_an_app, "source": "app_src/here"},
            "prometheus": {"platform": "Docker", "digest": "0" * 64},
        }
    }
    monkeypatch.setattr(preview, "outputs", lambda run: outputs)
    preview.explain_artifacts(Run(project, "sandbox", Engine.embedded, sandbox=True))
    assert capsys.readouterr().out == (
        "here: its folder differs from the deployed artifact, whose files are not known on this machine\n"
    )


def test_the_version_is_told():
    """As of other commands."""
    assert said("--version") == (0, f"slipway {version('slipway')}\n")
