"""The table of platforms: each has every verb, as a function or as a sentence of its own."""

from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest

from slipway.errors import UserError
from slipway.platforms import PLATFORMS, platform_of
from slipway.platforms.platform import Data, Deployment, Platform
from slipway.stack.engines import Engine
from slipway.stack.outputs import App
from slipway.stack.project import Project
from slipway.stack.session import Run
from slipway.verbs.deployments import require

VERBS = [field.name for field in fields(Platform) if field.name not in ("name", "state", "present")]


def deployment(platform: str, **details: Any) -> Deployment:
    said = {"platform": platform, "url": "http://127.0.0.1:1", **details}
    app = App("web", platform, "web", said["url"], "a" * 64, ("/",), tuple(said.get("versions", ())), said)
    return Deployment(Run(Project(Path("/nowhere"), Path("/nowhere")), "sandbox", Engine.embedded, sandbox=True), app)


@pytest.mark.parametrize("name", PLATFORMS)
def test_a_platform_is_called_as_the_outputs_call_it(name: str):
    """Or no app's platform would be found in the table."""
    assert platform_of(name).name == name


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("name", PLATFORMS)
def test_a_verb_is_done_or_its_lack_is_said(name: str, verb: str):
    """A platform without the verb has a sentence that names the platform; nothing is silently ignored."""
    said = getattr(platform_of(name), verb)
    if not isinstance(said, str):
        assert said is True or isinstance(said, Data) or callable(said)
        return
    assert said.startswith(name), said
    assert len(said.split()) >= 6, said
    with pytest.raises(UserError, match=f"^web: {name}"):
        require(deployment(name), said)


def test_where_one_is_to_ask_the_address_it_is_told():
    """A sentence that sends the user to the address is followed by it."""
    said = platform_of("App Engine").invoke
    with pytest.raises(UserError, match=r"ask the app at its address: http://127\.0\.0\.1:1$"):
        require(deployment("App Engine"), said)


@pytest.mark.parametrize("name", PLATFORMS)
def test_a_quiet_app_has_nothing_to_say(name: str):
    """One version that serves everything, no schedules: `status` has no further rows."""
    if platform_of(name).state.__module__ != "slipway.platforms.platform":
        pytest.skip(f"{name} tells its state by asking")
    assert list(platform_of(name).state(deployment(name, traffic={"v-1": 100}))) == []


def test_shares_pins_and_schedules_are_told():
    """What moves traffic away from the newest version, and what the app does by itself."""
    shared = deployment("App Engine", traffic={"v-1": 90.0, "v-2": 10.0}, serve="v-1", canary=10)
    assert platform_of("App Engine").state(shared) == [("traffic", "90 % to v-1, 10 % to v-2")]
    due = {"nightly": {"when": "0 3 * * * Europe/Berlin", "does": "GET /date", "resource": "x"}}
    pinned = deployment("App Engine", traffic={"v-1": 100}, serve="v-1", schedules=due)
    assert platform_of("App Engine").state(pinned) == [
        ("pinned", "to v-1: `slipway rollback web --forget` serves the newest again"),
        ("schedule", "nightly: 0 3 * * * Europe/Berlin → GET /date"),
    ]


@pytest.mark.parametrize("name", ["App Engine", "Cloud Run"])
def test_who_is_not_signed_in_is_told_how_to(name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    """Cloud Logging is asked with the user's own credentials, of which this machine has none."""
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(tmp_path / "none.json"))
    here = deployment(name, service="projects/p/locations/europe-west1/services/web", traffic={"v-1": 100})
    read = platform_of(name).logs
    assert not isinstance(read, str)
    with pytest.raises(UserError, match=r"`gcloud auth application-default login` signs in$"):
        list(read(replace(here, run=replace(here.run, sandbox=False)), False, 10))
