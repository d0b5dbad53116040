"""Cloud Scheduler's jobs: kept with what they ask, refused where Google refuses them, gone with their project."""

import re
from typing import Any

import pytest

from slipway.providers.protocol import wire
from slipway.sandbox.gcp.package import PACKAGE
from tests.sandbox.conftest import Refused

PROJECT, LINK = "gcp:organizations/project:Project", "gcp:billing/projectInfo:ProjectInfo"
API, APPLICATION = "gcp:projects/service:Service", "gcp:appengine/application:Application"
JOB = "gcp:cloudscheduler/job:Job"
NIGHTLY = {
    "name": "nightly",
    "region": "europe-west1",
    "schedule": "0 3 * * 1-5",
    "timeZone": "Europe/Berlin",
    "appEngineHttpTarget": {"httpMethod": "GET", "relativeUri": "/date", "appEngineRouting": {"service": "default"}},
}


@pytest.fixture
def call(serving: Any, google: dict[str, str]) -> Any:
    """A project that is paid, with App Engine's API on."""
    front = "http://127.0.0.1:8081"
    caller = serving(PACKAGE, {**google, "SLIPWAY_FRONT": front})
    caller.configure(project="demo-project")
    caller.made(PROJECT, {"projectId": "demo-project"})
    caller.made(LINK, {"billingAccount": "00ABCD-012345-6789EF"})
    caller.made(API, {"service": "appengine.googleapis.com"})
    return caller


def test_a_job_is_made_read_changed_and_gone(call: Any) -> None:
    """By its full name, with the defaults of the provider; a change is in place."""
    call.made(API, {"service": "cloudscheduler.googleapis.com"})
    call.made(APPLICATION, {"locationId": "europe-west"})
    id, outputs = call.made(JOB, NIGHTLY)
    assert id == "projects/demo-project/locations/europe-west1/jobs/nightly"
    assert (outputs["state"], outputs["attemptDeadline"]) == ("ENABLED", "180s")
    call.update(JOB, id, outputs, call.checked(JOB, {**NIGHTLY, "schedule": "*/5 * * * *", "paused": True}, outputs))
    found = wire.plain_props(call.read(JOB, id).properties)
    assert (found["schedule"], found["state"]) == ("*/5 * * * *", "PAUSED")
    call.delete(JOB, id, found)
    assert call.read(JOB, id).id == ""


@pytest.mark.parametrize(
    ("apis", "says"),
    [
        ((), "Cloud Scheduler API has not been used in project"),
        (("cloudscheduler",), 'googleapi: Error 404: Could not find Application "demo-project"'),
    ],
)
def test_a_job_needs_its_api_and_what_it_asks(call: Any, apis: tuple[str, ...], says: str) -> None:
    """In this order, in Google's words."""
    for api in apis:
        call.made(API, {"service": f"{api}.googleapis.com"})
    with pytest.raises(Refused, match=re.escape(says)):
        call.made(JOB, NIGHTLY)


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ({"schedule": "0 3 * *"}, "schedule"),
        ({"schedule": "cron(0 3 * * ? *)"}, "schedule"),
        ({"timeZone": "Europe/Berln"}, "timeZone"),
        ({"name": "night/ly"}, "name"),
        ({"httpTarget": {"uri": "http://127.0.0.1"}}, "httpTarget"),
    ],
)
def test_what_no_job_may_say_is_told_by_its_property(change: dict[str, Any], key: str) -> None:
    """Before anything is made."""
    wrong = PACKAGE.handlers[JOB].check({**NIGHTLY, **change})
    assert list(wrong) == [key]
