"""A template is launched by Google's API and by Google's own command, and the pipeline of it runs."""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from slipway.providers.google.rest import RestError
from slipway.sandbox.composition import google_clients

from .dataflow_world import BUCKET, EMAIL, PROJECT, World, package

LAUNCH = f"v1b3/projects/{PROJECT}/locations/europe-west1/flexTemplates:launch"
TEMPLATE = "templates/shared.json"
SAYING = "import sys\nprint('words', *sorted(sys.argv[1:]), flush=True)\n"


@pytest.fixture
def shared(world: World) -> World:
    """A world with a template that says in which surroundings it is launched."""
    world.put("packages/saying.whl", package(SAYING))
    rows = [{"name": "input", "regexes": ["^gs://.+"]}, {"name": "output", "isOptional": True}]
    environment = {"serviceAccountEmail": EMAIL, "tempLocation": f"gs://{BUCKET}/temp", "network": "default"}
    template = {
        "image": f"gs://{BUCKET}/packages/saying.whl",
        "metadata": {"parameters": rows},
        "defaultEnvironment": environment,
    }
    world.put(TEMPLATE, json.dumps(template))
    return world


def launch(world: World, *, only_look: bool = False, **more: Any) -> Any:
    parameter = {"jobName": "by-hand", "containerSpecGcsPath": f"gs://{BUCKET}/{TEMPLATE}", **more}
    body = {"launchParameter": parameter, "validateOnly": only_look}
    return world.google.rest.ask("dataflow", "POST", LAUNCH, body)


@pytest.mark.slow
def test_a_launch_without_surroundings_takes_those_of_the_template(shared: World) -> None:
    """The pipeline's own program runs with the parameters, as the template's account, in its temporary folder."""
    job = launch(shared, parameters={"input": f"gs://{BUCKET}/a.txt"})["job"]
    assert shared.over(job["id"]).state == "JOB_STATE_DONE"
    words = shared.log(job["id"], "words")
    for word in (f"--input=gs://{BUCKET}/a.txt", "--job_name=by-hand", f"--service_account_email={EMAIL}"):
        assert word in words


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "missing": ({}, "input: Missing required parameter"),
    "unknown": ({"parameters": {"input": "gs://a/b", "bogus": "1"}}, "bogus: Unrecognized parameter"),
    "another form": ({"parameters": {"input": "/tmp/a"}}, "input: Unmatched regex"),
    "a name": ({"jobName": "By_Hand", "parameters": {"input": "gs://a/b"}}, "the job name must match"),
    "an update": ({"update": True, "parameters": {"input": "gs://a/b"}}, "batch jobs alone"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_does_not_fit_the_template_is_refused(shared: World, case: str) -> None:
    """By a parameter that is missing, that the template has not, or that is of another form."""
    more, why = REFUSED[case]
    with pytest.raises(RestError, match=why):
        launch(shared, **more)
    assert "jobs" not in shared.api()


def test_a_launch_may_be_checked_alone(shared: World) -> None:
    """Nothing runs then."""
    assert launch(shared, only_look=True, parameters={"input": "gs://a/b"}) == {}
    assert "jobs" not in shared.api()


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("gcloud") is None, reason="gcloud is not installed")
def test_gcloud_launches_and_shows_a_job(shared: World, tmp_path: Path) -> None:
    """As anyone would by hand: `gcloud dataflow flex-template run`, then `gcloud dataflow jobs`."""
    there = google_clients.gcloud(shared.google.google)
    environment = {
        **os.environ,
        # There is no gateway here for gcloud to come by.
        **{name: value for name, value in there.items() if "PROXY" not in name},
        "CLOUDSDK_CONFIG": str(tmp_path / "gcloud"),
        "CLOUDSDK_AUTH_ACCESS_TOKEN": "any",
        "CLOUDSDK_CORE_PROJECT": PROJECT,
    }

    def gcloud(*words: str) -> Any:
        command = ["gcloud", "dataflow", *words, "--region=europe-west1", "--format=json"]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    place = f"--template-file-gcs-location=gs://{BUCKET}/{TEMPLATE}"
    job = gcloud("flex-template", "run", "by-hand", place, f"--parameters=input=gs://{BUCKET}/a.txt")["job"]
    assert shared.over(job["id"]).state == "JOB_STATE_DONE"
    assert gcloud("jobs", "describe", job["id"])["currentState"] == "JOB_STATE_DONE"
    assert [each["id"] for each in gcloud("jobs", "list")] == [job["id"]]
