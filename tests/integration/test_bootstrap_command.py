"""`slipway bootstrap` hands its words over to Pulumi, in the folder of the bootstrap's program."""

import pytest
from typer.testing import CliRunner

from bootstrap.declared import Declared, declared_by
from slipway.cli.main import app


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    """A project with a bootstrap, and nothing on the PATH yet."""
    (tmp_path / "Pulumi.yaml").write_text("name: slipway\n")
    (tmp_path / "bootstrap").mkdir()
    (tmp_path / "bootstrap/Pulumi.yaml").write_text("name: slipway-bootstrap\n")
    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def said(*words):
    result = CliRunner().invoke(app, ["bootstrap", *words])
    return result.exit_code, result.output


def test_the_command_hands_over_to_pulumi(checkout):
    """In its folder, with the words and the exit status as they are."""
    command = checkout / "bin/pulumi"
    command.write_text(f'#!/bin/sh\necho "$@" > {checkout}/asked\nexit 7\n')
    command.chmod(0o755)
    assert said("preview", "--stack", "main", "--diff")[0] == 7
    assert (checkout / "asked").read_text() == f"-C {checkout}/bootstrap preview --stack main --diff\n"


def test_the_command_says_what_it_lacks(checkout):
    """Words, `pulumi`, the program: one message each."""
    assert said()[1].startswith("error: say what `pulumi` is to do in bootstrap/")
    assert said("up")[1].startswith("error: the bootstrap needs the `pulumi` command")
    (checkout / "bootstrap/Pulumi.yaml").unlink()
    assert said("up") == (
        1,
        f"error: there is no program in {checkout}/bootstrap: run slipway inside a checkout that has it\n",
    )


def test_what_the_stacks_declare_is_written_by_environment(tmp_path, monkeypatch):
    """Types of the clouds and roles of the whole project; a sandbox is for no pipeline."""
    (tmp_path / "Pulumi.yaml").write_text("name: small\nruntime: python\nstackConfigDir: stacks\n")
    (tmp_path / "bootstrap").mkdir()
    (tmp_path / "stacks").mkdir()
    for stack in ("dev", "sandbox"):
        (tmp_path / f"stacks/Pulumi.{stack}.yaml").write_text(f"config:\n  slipway:environment: {stack}\n")
    (tmp_path / "__main__.py").write_text(
        "from pulumi_gcp import projects, storage\n"
        "storage.Bucket('b', location='EU')\n"
        "projects.IAMMember('g', project='p', role='roles/logging.logWriter', member='user:a@b.example')\n"
    )
    monkeypatch.chdir(tmp_path)
    assert said("declared") == (0, "wrote bootstrap/declared.yaml: dev\n")
    assert declared_by(["dev"], tmp_path / "bootstrap/declared.yaml") == Declared(
        types=("gcp:projects/iAMMember:IAMMember", "gcp:storage/bucket:Bucket"),
        project_roles=("roles/logging.logWriter",),
    )
