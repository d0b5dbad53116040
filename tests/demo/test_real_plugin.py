"""The shipped stacks of real clouds, by Pulumi's own engine and Google plugin, against the sandbox's Google Cloud."""

import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml

from slipway.sandbox.docker import daemon
from slipway.sandbox.docker.client import LABEL, mark
from tests.demo.clones import Clone, drop_unused

pytestmark = [
    pytest.mark.slow,
    pytest.mark.services,
    pytest.mark.timeout(1800),
    pytest.mark.skipif(
        shutil.which("pulumi") is None or shutil.which("pulumi-resource-gcp") is None,
        reason="pulumi and its Google plugin are not installed",
    ),
]
ELSEWHERE = {"lambda", "beanstalk", "pythonanywhere", "container"}
"""Platforms of other providers."""
QUIET = ("--yes", "--skip-preview", "--expect-no-changes")


class WithDocker(Clone):
    """A clone that uses the machine's Docker daemon, where it builds the images of Cloud Run and runs them."""

    docker = True


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[Clone]:
    """A clone whose local services run, with nothing up in them."""
    clone = (WithDocker if daemon.find() else Clone)(tmp_path / "clone", "embedded")
    (clone.folder / ".state").mkdir()
    (clone.folder / ".venv").symlink_to(sys.prefix)  # the interpreter that `pulumi` takes by Pulumi.yaml
    settings = clone.folder / "stacks/Pulumi.sandbox.yaml"
    said = yaml.safe_load(settings.read_text())
    said["config"]["slipway:apps"] = {"hello-function": said["config"]["slipway:apps"]["hello-function"]}
    drop_unused(said["config"])
    settings.write_text(yaml.safe_dump(said))
    clone.verb("up")
    yield clone
    clone.run("sandbox", "stop")


@pytest.mark.parametrize(("stack", "most"), [("dev", 2), ("staging", 3)])
def test_a_shipped_stack_comes_up_is_quiet_changes_and_goes(sandbox: Clone, stack: str, most: int) -> None:
    """Its Google half: up, a quiet preview and refresh, an edit that reaches the one app; what is not kept goes."""
    settings = sandbox.folder / f"stacks/Pulumi.{stack}.yaml"
    only_google(settings, cloud_run=sandbox.docker)
    pulumi = command(sandbox, stack)
    pulumi("stack", "init", "--stack", stack)
    assert "created" in pulumi("up", "--yes", "--skip-preview")
    if sandbox.docker and stack == "dev":
        ours = f"label={LABEL}={mark(sandbox.folder / '.slipway')}"
        assert "hello-run" in sandbox.execute(["docker", "ps", "--filter", ours, "--format", "{{.Names}} {{.Labels}}"])
    pulumi("preview", "--expect-no-changes")
    pulumi("refresh", *QUIET)
    sandbox.edit(f"stacks/Pulumi.{stack}.yaml", f"max_instances: {most}", f"max_instances: {most - 1}")
    changed = pulumi("up", "--yes", "--skip-preview")
    assert "created" in changed or "updated" in changed
    pulumi("preview", "--expect-no-changes")
    if stack == "staging":
        # What is kept is protected: the engine itself refuses to delete it.
        assert "cannot be deleted" in pulumi("destroy", "--yes", "--skip-preview", status=None)
        return
    pulumi("destroy", "--yes", "--skip-preview")
    left = sandbox.execute(
        f'eval "$({sys.executable} -m slipway sandbox env)" && curl --silent --fail '
        '-H "Authorization: Bearer $CLOUDSDK_AUTH_ACCESS_TOKEN" '
        '"${CLOUDSDK_API_ENDPOINT_OVERRIDES_CLOUDRESOURCEMANAGER}v1/projects?filter=lifecycleState:ACTIVE"'
    )
    assert f"{stack}-" not in left


def only_google(settings: Path, *, cloud_run: bool) -> None:
    """Leave a stack what the Google plugin makes: the other providers' plugins are not on every machine."""
    elsewhere = ELSEWHERE if cloud_run else {*ELSEWHERE, "cloud-run"}
    said = yaml.safe_load(settings.read_text())
    config = said["config"]
    for key in ("aws:region", "slipway:aws"):
        config.pop(key, None)
    config["slipway:apps"] = {
        name: app for name, app in config["slipway:apps"].items() if app["platform"] not in elsewhere
    }
    config["slipway:registries"].pop("aws", None)
    settings.write_text(yaml.safe_dump(said))


def command(clone: Clone, stack: str) -> Callable[..., str]:
    """Runs `pulumi WORDS` on a stack, led into the sandbox; its output. The test fails where it does."""
    state = f"file://{clone.folder / '.state'}"
    lead = (
        f'eval "$({sys.executable} -m slipway sandbox env --plugin gcp)" && '
        f"export PULUMI_BACKEND_URL={state} PULUMI_CONFIG_PASSPHRASE=test PULUMI_SKIP_UPDATE_CHECK=true "
        f'PATH="{Path(sys.executable).parent}:$PATH" && pulumi'
    )

    def run(*words: str, status: int = 0) -> str:
        named = () if "--stack" in words else ("--stack", stack)
        return clone.execute(" ".join((lead, *words, "--non-interactive", *named)), status)

    return run
