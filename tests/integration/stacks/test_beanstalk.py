"""The platform's version of a new Beanstalk environment, through the whole program on Pulumi's mocks."""

import json
import runpy
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[3]


@pytest.fixture
def environment(deploy: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The inputs of a stack's environment: ``environment(stack, **settings of the app)``."""
    monkeypatch.chdir(ROOT)

    def inputs(stack: str, **change: str) -> dict[str, Any]:
        config = yaml.safe_load((ROOT / f"stacks/Pulumi.{stack}.yaml").read_text())["config"]
        config["slipway:apps"]["time-service-beanstalk"].update(change)
        plain = {key: value if isinstance(value, str) else json.dumps(value) for key, value in config.items()}
        program = ROOT / "__main__.py"
        deployed = deploy(lambda: runpy.run_path(str(program), run_name="__main__"), stack=stack, config=plain)
        return deployed.one("Environment").inputs

    return inputs


@pytest.mark.parametrize("python", ["3.13", "3.14"])
def test_aws_is_asked_for_the_newest_platform(environment: Any, python: str):
    """Of the app's Python on Amazon Linux 2023: superseded ones are closed to who has not used them lately."""
    name = environment("dev", python=python)["solutionStackName"]
    assert name == f"64bit Amazon Linux 2023 v4.13.1 running Python {python}"


def test_a_platform_that_the_app_names_is_taken(environment: Any):
    """The stack's file decides."""
    named = "64bit Amazon Linux 2023 v4.11.0 running Python 3.13"
    assert environment("dev", solution_stack=named)["solutionStackName"] == named


def test_the_sandbox_needs_no_answer_of_aws(environment: Any):
    """It has a version of its own, of this machine's Python or the newest."""
    assert environment("sandbox")["solutionStackName"].startswith("64bit Amazon Linux 2023 v4.13.1 running Python 3.")
