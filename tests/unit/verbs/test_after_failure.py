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
