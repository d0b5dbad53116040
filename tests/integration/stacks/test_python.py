"""Which Python an app of the sandbox runs on: asked of the Pythons of this machine."""

from pathlib import Path

import pytest
import yaml

from slipway.bundle.interpreters import OWN, PYTHONS, interpreter
from stacks.settings import load, python_for
from tests.unit.stacks.test_settings import as_pulumi_has_it, changed, stack_file

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize("other", PYTHONS)
def test_the_sandbox_runs_an_app_on_its_python_where_the_machine_has_it(deploy, other: str):
    """Else on the machine's own, and it says so; an app that asks for none runs on the machine's own."""
    own = OWN
    config = yaml.safe_load(stack_file("sandbox"))["config"]
    config = changed(config, {"slipway:apps.time-service.python": other})

    def program():
        settings = load(ROOT)
        return {name: python_for(settings, name, app) for name, app in settings.apps.items()}

    deployed = deploy(program, stack="sandbox", config=as_pulumi_has_it(config))
    at_hand = interpreter(other) is not None
    assert {"time-service", "hello-function", "hello-flask"} <= set(deployed.result)
    assert {deployed.result.pop("time-service"), *deployed.result.values()} == {other if at_hand else own, own}
    warnings = [] if at_hand else [f"time-service asks for Python {other}: the sandbox runs it on {own}"]
    assert deployed.warnings == warnings
