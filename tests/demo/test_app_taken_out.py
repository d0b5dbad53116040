"""An App Engine app that is taken out of the settings, and brought back: no `up` is stuck, and no service stays."""

import pytest
import yaml

from tests.demo.clones import Clone

pytestmark = [pytest.mark.slow, pytest.mark.services]

APP, OTHER = "time-service", "api"


def test_an_app_that_is_taken_out_goes_with_its_service(clone: Clone):
    """App Engine deletes no service's last version by itself, and `default` never; the application stays for others."""
    clone.keep_only(APP)
    path = clone.folder / "stacks/Pulumi.sandbox.yaml"
    one = yaml.safe_load(path.read_text())
    apps = one["config"]["slipway:apps"]
    both = {**one, "config": {**one["config"], "slipway:apps": {**apps, OTHER: {**apps[APP], "service": OTHER}}}}
    none = {**one, "config": {key: value for key, value in one["config"].items() if key != "slipway:apps"}}

    path.write_text(yaml.safe_dump(both))
    clone.verb("up")
    path.write_text(yaml.safe_dump(one))
    assert f"App Engine's service '{OTHER}' is deleted" in clone.verb("up")
    assert [*clone.outputs()["apps"]] == [APP]
    path.write_text(yaml.safe_dump(none))
    assert "App Engine's service 'default' stays" in clone.verb("up")
    path.write_text(yaml.safe_dump(both))
    clone.verb("up")
    assert {*clone.outputs()["apps"]} == {APP, OTHER}
    assert clone.nothing_would_change()
    assert "nothing is left" in clone.verb("destroy")
