"""Jobs of Dataflow are ended by Google's own client."""

import sys
import time
from typing import Any

import httplib2
import pytest
from googleapiclient.discovery import build_from_document
from googleapiclient.errors import HttpError

from slipway.sandbox.dataflow import jobs
from slipway.sandbox.services import processes
from slipway.sandbox.services.processes import Process
from slipway.sandbox.stores.google import Record
from tests.contract.google_cloud import documents
from tests.google_service import Served

PLACE = {"projectId": "demo-project", "location": "europe-west1", "jobId": "2026-11-27_10_00_00-1"}


@pytest.fixture
def process(google: Served) -> Process:
    """The process of a job that runs for long."""
    api(google, "cloudresourcemanager", "v1").projects().create(body={"projectId": "demo-project"}).execute()
    folder = google.cloud.state_folder
    spawned = processes.spawn(
        [sys.executable, "-c", "import time; time.sleep(300)"], state_folder=folder, log=folder / "job.log", extra={}
    )
    body = {
        "name": "count",
        "region": "europe-west1",
        "began": time.time(),
        "process": {"pid": spawned.pid, "created": spawned.created},
    }
    with google.cloud.store.transaction() as now:
        now.put(jobs.KIND, Record(PLACE["jobId"], "demo-project", body))
    return spawned


def test_a_job_is_cancelled_once(google: Served, process: Process) -> None:
    """Its process ends; a second request is refused, as a job that has ended stays as it is."""
    assert jobs_of(google).get(**PLACE).execute()["currentState"] == "JOB_STATE_RUNNING"
    body = {"requestedState": "JOB_STATE_CANCELLED"}
    assert jobs_of(google).update(**PLACE, body=body).execute()["currentState"] == "JOB_STATE_CANCELLED"
    assert not process.alive
    with pytest.raises(HttpError, match="terminal state"):
        jobs_of(google).update(**PLACE, body=body).execute()


def test_a_job_that_is_drained_runs_to_its_end(google: Served, process: Process) -> None:
    """A batch job has no endless input that could be cut off."""
    answer = jobs_of(google).update(**PLACE, body={"requestedState": "JOB_STATE_DRAINED"}).execute()
    assert (answer["currentState"], process.alive) == ("JOB_STATE_RUNNING", True)
    processes.end([process])


def test_other_states_are_refused(google: Served, process: Process) -> None:
    """A job cannot be set to a state that only Dataflow brings it into."""
    with pytest.raises(HttpError, match="requested_state"):
        jobs_of(google).update(**PLACE, body={"requestedState": "JOB_STATE_DONE"}).execute()
    processes.end([process])


def jobs_of(server: Served) -> Any:
    return api(server, "dataflow", "v1b3").projects().locations().jobs()


def api(server: Served, name: str, version: str) -> Any:
    """Google's client of an API."""
    document = documents.document(name, version)
    endpoint = f"{server.address}/{name}/{document['servicePath']}"
    return build_from_document(document, http=httplib2.Http(), client_options={"api_endpoint": endpoint})
