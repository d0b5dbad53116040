"""After a failed `up`: which apps are live."""

from typing import Any

from slipway.verbs.after_failure import sorted_apps


def component(name: str, outputs: dict[str, Any]) -> dict[str, Any]:
    return {"type": "slipway:gcp:AppEngineService", "urn": f"urn:pulumi:s::p::t::{name}", "outputs": outputs}


def test_an_app_is_live_if_its_component_is_complete():
    """Outputs are written when all that is in a component was made; another app has not even begun."""
    bucket = {
        "type": "gcp:storage/bucket:Bucket",
        "urn": "urn:pulumi:s::p::t::third",
        "custom": True,
        "outputs": {"a": 1},
    }
    resources = [component("first", {"url": "x"}), component("second", {}), bucket]
    assert sorted_apps(["first", "second", "third"], resources) == (["first"], ["second", "third"])


def test_an_app_with_a_broken_part_is_not_live():
    """An environment that was made and whose release command failed answers no request as it should."""
    whole, broken = component("whole", {"url": "x"}), component("broken", {"url": "y"})
    environment = {
        "type": "aws:elasticbeanstalk/environment:Environment",
        "urn": "urn:pulumi:s::p::slipway:aws:BeanstalkApp$aws:elasticbeanstalk/environment:Environment::broken-1",
        "custom": True,
        "parent": broken["urn"],
        "outputs": {"a": 1},
        "initErrors": ["the release command failed"],
    }
    assert sorted_apps(["whole", "broken"], [whole, broken, environment]) == (["whole"], ["broken"])
