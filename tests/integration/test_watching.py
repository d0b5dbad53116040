"""Which saved files are a stack's, and how they are seen."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from slipway.cli.main import app
from slipway.errors import UserError
from slipway.stack.project import Project
from slipway.verbs.watch import TOOL, Declared, Saved, in_words

STACK = "config:\n  slipway:environment: sandbox\n  slipway:apps:\n    web: {source: app_src/web}\n"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """Two apps, one of them in the sandbox's stack, and another stack."""
    for folder in ("stacks", "components", "app_src/web", "app_src/other"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "Pulumi.yaml").write_text("name: slipway\nruntime: python\n")
    (tmp_path / "stacks/Pulumi.sandbox.yaml").write_text(STACK)
    (tmp_path / "stacks/Pulumi.dev.yaml").write_text("config:\n  slipway:environment: dev\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SLIPWAY_HOME", "")
    return Project.find(tmp_path)


@pytest.mark.parametrize(
    ("path", "is_ours"),
    [
        ("app_src/web/main.py", True),
        ("app_src/web/pages/index.html", True),
        ("app_src/other/main.py", False),
        ("app_src/website/main.py", False),
        ("Pulumi.yaml", True),
        ("__main__.py", True),
        ("helpers.py", True),
        ("app_src/helpers.py", False),
        ("README.md", False),
        ("components/gcp/project.py", True),
        ("stacks/model.py", True),
        ("stacks/Pulumi.dev.yaml", False),
        ("stacks/Pulumi.sandbox.yaml", False),
        (str(TOOL / "cli.py"), True),
    ],
)
def test_a_stack_is_made_of_its_apps_and_the_program(project: Project, path: str, is_ours: bool):
    """Not of other apps, of other stacks' files, and of its own file where that says nothing new."""
    file = project.root / path
    assert Declared(project, "sandbox").concerned([file]) == ([file] if is_ours else [])


@pytest.mark.parametrize(
    ("text", "is_ours"),
    [
        (f"# a comment\n{STACK}", False),
        (f"encryptionsalt: v1:a:b\n{STACK}", False),
        (STACK.replace("app_src/web", "app_src/other"), True),
        ("config: [broken", True),
        (None, True),
    ],
    ids=["a comment", "the salt, which an up writes", "another app", "broken", "gone"],
)
def test_the_stacks_file_counts_for_what_it_says(project: Project, text: str | None, is_ours: bool):
    """One that cannot be read counts: the next `up` says why."""
    declared, file = Declared(project, "sandbox"), project.stack_file("sandbox")
    file.unlink() if text is None else file.write_text(text)
    assert declared.concerned([file]) == ([file] if is_ours else [])


def test_what_is_watched_follows_the_stacks_file(project: Project):
    """An app's folder is watched from above: one that is made anew is seen. A broken file changes nothing."""
    declared, file = Declared(project, "sandbox"), project.stack_file("sandbox")
    always = {project.root / "components", project.root / "stacks", TOOL}
    assert set(declared.folders) == always | {project.root / "app_src"}
    (project.root / "apps/shop").mkdir(parents=True)
    file.write_text(STACK.replace("app_src/web", "apps/shop"))
    declared.look()
    assert set(declared.folders) == always | {project.root / "apps"}
    assert declared.concerned([project.root / "app_src/web/main.py"]) == []
    file.write_text("config: [broken")
    declared.look()
    assert set(declared.folders) == always | {project.root / "apps"}


def test_saved_files_are_seen(project: Project):
    """In folders below, in folders made anew and in the root itself; bytecode and editors' files are not."""
    root = project.root
    with Saved(root, [root / "app_src", root / "stacks"]) as saved:
        seen = set[Path]()
        (root / "app_src/web/__pycache__").mkdir()
        (root / "app_src/web/__pycache__/main.cpython-311.pyc").write_text("x")
        (root / "app_src/web/main.py~").write_text("x")
        (root / "app_src/new/deep").mkdir(parents=True)
        (root / "Pulumi.yaml").write_text("name: slipway\n")
        (root / "app_src/web/sedX1").write_text("x")
        (root / "app_src/web/sedX1").rename(root / "app_src/web/main.py")
        awaited = {root / "Pulumi.yaml", root / "app_src/web/main.py"}
        while not awaited <= seen:
            seen.update(saved.wait())
        (root / "app_src/new/deep/page.html").write_text("x")
        while root / "app_src/new/deep/page.html" not in seen:
            seen.update(saved.wait())
    assert not [path for path in seen if path.suffix in (".pyc", ".py~") or path.name == "sedX1"]


def test_what_cannot_be_watched_is_said(project: Project, capfd: pytest.CaptureFixture[str]):
    """In the system's words, as where its limit is reached; nothing waits forever."""
    with pytest.raises(UserError, match="what watches the files has ended"):
        Saved(project.root, [project.root / "no-such-folder"])
    assert "no-such-folder cannot be watched: " in capfd.readouterr().err


IMPORTING = """
import importlib, json, sys
from slipway.stack.engines import Engine
from slipway.stack.session import Run
from slipway.stack.project import Project
from slipway.verbs.watch import Ups
Ups(Run(Project.find(), "sandbox", Engine.embedded, sandbox=True)).prepare(json.loads(sys.argv[1]))
"""


def at(*places: Path) -> dict[str, str]:
    """An environment whose Python finds modules in some folders."""
    return {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, places))}


def test_what_the_last_one_imported_is_whole(project: Project, tmp_path: Path):
    """Also where an SDK runs modules late; what fails is not half there, and the program's own is left to each."""
    look = "from pulumi_aws import elasticbeanstalk as e; e.Application\n"
    named = f"{look}import json; from slipway.verbs.watch import imported; print(json.dumps(imported()))"
    modules = json.loads(subprocess.check_output([sys.executable, "-c", named], env=at(TOOL.parent)))
    assert "pulumi_aws.lambda_" not in modules, "what nobody has asked for is not imported"
    libraries = tmp_path / "app_src/libraries"
    (libraries / "halved").mkdir(parents=True)
    (libraries / "halved/__init__.py").write_text("")
    (libraries / "halved/part.py").write_text("1 / 0")
    (project.root / "components/__init__.py").write_text("")
    seen = f"""
print([name in sys.modules for name in ('halved', 'halved.part', 'components')])
print(type(sys.modules['pulumi_aws.lambda_']).__name__)
{look}"""
    words = [sys.executable, "-c", IMPORTING + seen, json.dumps([*modules, "halved", "halved.part", "components"])]
    done = subprocess.run(words, env=at(TOOL.parent, libraries, project.root), capture_output=True, text=True)
    assert (done.stdout, done.returncode) == ("[False, False, False]\n_LazyModule\n", 0), done.stderr


def test_a_few_saved_files_are_named(project: Project):
    """A checkout of another branch saves hundreds."""
    files = [project.root / f"app_src/web/{number}.py" for number in range(5)]
    assert in_words(project, files[:1]) == "app_src/web/0.py"
    assert in_words(project, files) == "app_src/web/0.py, app_src/web/1.py, app_src/web/2.py and 2 more"


def test_a_real_cloud_is_not_watched(project: Project, monkeypatch: pytest.MonkeyPatch):
    """Every saved file would be paid for; it is said how to bring it up."""
    command = project.root / "bin/pulumi"
    command.parent.mkdir()
    command.write_text("#!/bin/sh\nexit 9\n")
    command.chmod(0o755)
    monkeypatch.setenv("PATH", str(command.parent))
    done = CliRunner().invoke(app, ["watch", "--stack", "dev"])
    assert done.exit_code == 1
    assert "every saved file would be deployed and paid for" in done.output
    assert "`slipway up --stack dev`" in done.output
