"""Every committed stack, evaluated on mocks, against every rule of the policy."""

import json
import runpy
from datetime import date
from pathlib import Path

import pytest
import yaml

from policy.evaluation import evaluate
from policy.model import Context

ROOT = Path(__file__).parents[2]
STACKS = sorted(path.name.split(".")[1] for path in (ROOT / "stacks").glob("Pulumi.*.yaml"))
TODAY = date(2026, 11, 21)


def configuration(stack):
    return yaml.safe_load((ROOT / "stacks" / f"Pulumi.{stack}.yaml").read_text())["config"]


def declared(deploy, stack, apps=None):
    """What the program declares for a stack, as the policy reads it; ``apps`` are more than its own."""
    said = configuration(stack)
    said["slipway:apps"] = {**said["slipway:apps"], **(apps or {})}
    config = {k: v if isinstance(v, str) else json.dumps(v) for k, v in said.items()}
    deployed = deploy(
        lambda: runpy.run_path(str(ROOT / "__main__.py"), run_name="__main__"), stack=stack, config=config
    )
    return deployed.for_policy


@pytest.fixture(autouse=True)
def in_the_checkout(monkeypatch):
    """The program runs in the project's folder."""
    monkeypatch.chdir(ROOT)


@pytest.mark.parametrize("stack", STACKS)
def test_passes_without_an_exception(deploy, stack):
    """No rule finds anything, and no stack file asks for an exception."""
    config = configuration(stack)
    assert "policy:exceptions" not in config
    findings = evaluate(declared(deploy, stack), Context.from_config(stack, config, TODAY))
    assert [f"{finding.rule}: {finding.message}" for finding in findings] == []


PIPELINE = {
    "platform": "dataflow",
    "source": "app_src/wordcount",
    "python": "3.11",
    "sample": "sample/harbour.txt",
    "image": f"europe-west1-docker.pkg.dev/p/images/wordcount@sha256:{'0' * 64}",
    "max_workers": 2,
}


@pytest.mark.parametrize("stack", ["sandbox", "dev", "prod"])
def test_a_pipeline_passes_too(deploy, monkeypatch, stack):
    """Brought into the sandbox, and as a stack of a real cloud would say it."""
    sandbox = stack == "sandbox"
    if sandbox:
        monkeypatch.setenv("SLIPWAY_WITH", "wordcount")
    found = declared(deploy, stack, None if sandbox else {"wordcount": PIPELINE})
    assert "gcp:dataflow/flexTemplateJob:FlexTemplateJob" in {resource.type for resource in found}
    findings = evaluate(found, Context.from_config(stack, configuration(stack), TODAY))
    assert [f"{finding.rule}: {finding.message}" for finding in findings] == []


def test_the_rules_see_what_is_declared(deploy):
    """The same resources judged as another stack's give findings: silence above is no blindness."""
    found = evaluate(declared(deploy, "dev"), Context(stack="prod", environment="prod", today=TODAY))
    assert "stack-production-protected" in {finding.rule for finding in found}
    without = [r for r in declared(deploy, "dev") if "budget" not in r.type]
    found = evaluate(without, Context.from_config("dev", configuration("dev"), TODAY))
    assert [finding.rule for finding in found] == ["stack-budget-present"] * 2
