"""The commands ``slipway secret …``: a value is sealed in the stack's file, by either engine, and never shown."""

import shutil
import subprocess
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from slipway.cli.main import app
from slipway.engine.checkpoint.secrets import Secrets

FILE = """config:
  slipway:environment: sandbox
  slipway:apps:
    web:
      platform: container
      env:
        GREETING: hello
    worker:
      platform: lambda
    words:
      platform: dataflow
"""


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The settings of a sandbox with two apps, which was never up."""
    monkeypatch.chdir(tmp_path)
    for name in ("SLIPWAY_HOME", "PULUMI_BACKEND_URL", "PULUMI_STACK"):
        monkeypatch.setenv(name, "")
    (tmp_path / "stacks").mkdir()
    (tmp_path / "Pulumi.yaml").write_text("name: slipway\nruntime: python\nstackConfigDir: stacks\n")
    path = tmp_path / "stacks/Pulumi.sandbox.yaml"
    path.write_text(FILE)
    return path


def secret(*words: str, value: str = "") -> tuple[int, str]:
    done = CliRunner().invoke(app, ["secret", *words, "--engine", "embedded"], input=value)
    return done.exit_code, done.output


def opened(file: Path, name: str, monkeypatch: pytest.MonkeyPatch, *, of: str = "web") -> str:
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", "sandbox")
    document = yaml.safe_load(file.read_text())
    return Secrets(document["encryptionsalt"]).open_text(document["config"]["slipway:secrets"][of][name]["secure"])


@pytest.mark.parametrize(
    "value",
    ["hush", "two\nlines", " spaces ", "-----BEGIN", "${HOME}", "ü"],
    ids=["word", "lines", "spaces", "dashes", "shell", "letter"],
)
def test_a_value_is_sealed_as_it_was_given(file: Path, monkeypatch: pytest.MonkeyPatch, value: str):
    """Less the newline at its end, which a pipe adds; the file holds no trace of it."""
    code, output = secret("set", "web", "API_KEY", value=f"{value}\n")
    assert (code, value in output.replace("web", "")) == (0, False)
    assert opened(file, "API_KEY", monkeypatch) == value
    assert value not in file.read_text().replace("-----", "")


def test_the_names_are_listed_and_the_values_are_not(file: Path):
    """With what the app has yet: nothing of an app that was never up."""
    secret("set", "web", "API_KEY", value="hush")
    secret("set", "worker", "TOKEN", value="hush")
    assert secret("list") == (
        0,
        "web  API_KEY    the next `slipway up` hands it over\nworker  TOKEN   the next `slipway up` hands it over\n",
    )
    assert secret("list", "worker")[1] == "worker  TOKEN   the next `slipway up` hands it over\n"


def test_a_pipeline_has_no_variables(file: Path):
    """Refused before anything is sealed, where the next preview would refuse it."""
    code, output = secret("set", "words", "TOKEN", value="hush")
    assert (code, "words is a pipeline, which has no environment" in " ".join(output.split())) == (1, True)
    assert file.read_text() == FILE


def test_what_is_removed_leaves_no_empty_setting(file: Path):
    """The last one takes its app, and the last app the setting: an empty one would be refused as not sealed."""
    for name, variable in (("web", "A"), ("web", "B"), ("worker", "C")):
        secret("set", name, variable, value="hush")
    secret("rm", "web", "A")
    assert {*yaml.safe_load(file.read_text())["config"]["slipway:secrets"]["web"]} == {"B"}
    secret("rm", "web", "B")
    assert {*yaml.safe_load(file.read_text())["config"]["slipway:secrets"]} == {"worker"}
    secret("rm", "worker", "C")
    assert "slipway:secrets" not in yaml.safe_load(file.read_text())["config"]


@pytest.mark.parametrize(
    ("words", "value", "says"),
    [
        (["set", "wev", "A"], "x", "the stack 'sandbox' has no app 'wev' (did you mean 'web'?): it has web, worker"),
        (["set", "web", "A"], "", "A needs a value, got none: type it at the prompt, or pipe it in"),
        (["set", "web", "A-B"], "x", "a variable's name must have letters, digits and '_', a letter first, got 'A-B'"),
        (["set", "web", "GREETING"], "x", "web has GREETING in its env as well, in plain text: take "),
        (["set", "web", "A"], "a\0b", "A must be text of 65536 bytes at most, without a NUL, got 3 bytes"),
        (["rm", "web", "A"], "", "web has no sealed variable 'A': it has none"),
    ],
    ids=lambda part: " ".join(part) if isinstance(part, list) else None,
)
def test_a_mistake_is_one_sentence_and_changes_nothing(file: Path, words: list[str], value: str, says: str):
    """Said before the engine is asked."""
    before = file.read_text()
    code, output = secret(*words, value=value)
    assert (code, output.startswith(f"error: {says}")) == (1, True), output
    assert file.read_text() == before


@pytest.mark.skipif(not shutil.which("pulumi"), reason="needs the Pulumi command")
def test_pulumi_opens_what_the_embedded_engine_sealed(file: Path, monkeypatch: pytest.MonkeyPatch):
    """And the other way round: the file is one and the same to both."""
    secret("set", "web", "OURS", value="hush")
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", "sandbox")
    monkeypatch.setenv("PULUMI_BACKEND_URL", f"file://{file.parents[1]}/.slipway/state")
    where = {"cwd": file.parents[1], "check": True, "capture_output": True, "text": True}
    key = "slipway:secrets.web.{}".format
    assert (
        subprocess.run(["pulumi", "config", "get", "--path", key("OURS"), "-s", "sandbox"], **where).stdout == "hush\n"
    )
    subprocess.run(
        ["pulumi", "config", "set", "--path", "--secret", key("THEIRS"), "-s", "sandbox"], input="quiet\n", **where
    )
    assert opened(file, "THEIRS", monkeypatch) == "quiet"
