"""Jobs of Cloud Run run to their end, as Google's own client asks for it and sees it."""

import time
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import httplib2
import pytest
from googleapiclient.discovery import build_from_document

from slipway.sandbox.cloudrun import containers
from slipway.sandbox.docker import daemon
from slipway.sandbox.google import run_executions
from slipway.sandbox.images import bases
from tests.contract.google_cloud import documents
from tests.daemon import daemon_or_skip
from tests.google_service import Served, served

pytestmark = [pytest.mark.services, pytest.mark.docker]

WAITS = 4
PLACE = "projects/demo-project/locations/europe-west1"
CODE = (
    "import os, time\n"
    "print('task', os.environ['CLOUD_RUN_TASK_INDEX'], 'for', os.environ.get('WHO'), flush=True)\n"
    "time.sleep(float(os.environ.get('SECONDS', '0')))\n"
    "raise SystemExit(int(os.environ.get('CODE', '0')))"
)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A cloud with a project and the job `hello`."""
    where = daemon_or_skip()
    with closing(daemon.connect(where)) as client:
        image = bases.newest(client, "python")
    if image is None:
        pytest.skip("no base image of python on this machine")
    with served(tmp_path_factory.mktemp("cloud"), variables=lambda: {"SLIPWAY_DOCKER": where}) as server:
        api(server, "cloudresourcemanager", "v1").projects().create(body={"projectId": "demo-project"}).execute()
        account = {"billingAccountName": "billingAccounts/00ABCD-012345-6789EF"}
        billing = api(server, "cloudbilling", "v1").projects()
        billing.updateBillingInfo(name="projects/demo-project", body=account).execute()
        service = "projects/demo-project/services/run.googleapis.com"
        api(server, "serviceusage", "v1").services().enable(name=service, body={}).execute()
        container = {"image": image, "command": ["python3", "-c", CODE]}
        template = {"template": {"maxRetries": 0, "containers": [container]}}
        jobs = jobs_of(server)
        ended(server, jobs.create(parent=PLACE, jobId="hello", body={"template": template}).execute())
        yield server


def test_an_execution_runs_each_task_with_what_is_overridden(run: Served) -> None:
    """Both tasks are counted, and their lines are in Cloud Logging."""
    done = ended(run, execute(run, taskCount=2, containerOverrides=[{"env": [{"name": "WHO", "value": "Ann"}]}]))
    execution = done["response"]
    assert execution["succeededCount"] == 2
    name = execution["name"].rpartition("/")[2]
    wanted = f'resource.type="cloud_run_job" AND labels."run.googleapis.com/execution_name"="{name}"'
    body = {"resourceNames": ["projects/demo-project"], "filter": wanted}
    entries = api(run, "logging", "v2").entries().list(body=body).execute()["entries"]
    assert [entry["textPayload"] for entry in entries] == ["task 0 for Ann", "task 1 for Ann"]


def test_a_task_that_fails_fails_its_execution(run: Served) -> None:
    """The operation says how the container ended; the execution is listed as failed."""
    done = ended(run, execute(run, containerOverrides=[{"env": [{"name": "CODE", "value": "3"}]}]))
    assert "exited with the code 3" in done["error"]["message"]
    newest = jobs_of(run).executions().list(parent=f"{PLACE}/jobs/hello").execute()["executions"][0]
    assert (newest["failedCount"], newest["conditions"][0]["state"]) == (1, "CONDITION_FAILED")


def test_an_execution_is_cancelled(run: Served) -> None:
    """Its container ends long before its time, and the execution counts as cancelled."""
    operation = execute(run, containerOverrides=[{"env": [{"name": "SECONDS", "value": "300"}]}])
    name = operation["metadata"]["name"]
    executions = jobs_of(run).executions()
    executions.cancel(name=name, body={}).execute()
    assert ended(run, operation)["error"]["message"].endswith("was cancelled.")
    assert executions.get(name=name).execute()["cancelledCount"] == 1


def test_an_execution_does_not_outlive_the_server_that_runs_it(run: Served) -> None:
    """The next server counts it as failed, and removes its container."""
    operation = execute(run, containerOverrides=[{"env": [{"name": "SECONDS", "value": "300"}]}])
    name = operation["metadata"]["name"]
    job, short = "demo-project/europe-west1/hello", name.rpartition("/")[2]
    with containers.connected(run.cloud.docker) as client:
        until = time.monotonic() + 60
        while not containers.found(client, run.cloud.state_folder, job, short) and time.monotonic() < until:
            time.sleep(0.1)
        run_executions.end_containers(run.cloud, run_executions.abort_pending(run.cloud))
        while containers.found(client, run.cloud.state_folder, job, short) and time.monotonic() < until:
            time.sleep(0.1)
        assert not containers.found(client, run.cloud.state_folder, job, short)
    assert jobs_of(run).executions().get(name=name).execute()["failedCount"] == 1


def execute(server: Served, **overrides: Any) -> Any:
    return jobs_of(server).run(name=f"{PLACE}/jobs/hello", body={"overrides": overrides}).execute()


def jobs_of(server: Served) -> Any:
    return api(server, "run", "v2").projects().locations().jobs()


def ended(server: Served, operation: Any) -> Any:
    """The operation, once it is done: an answer comes then, or after the API's longest wait."""
    operations = api(server, "run", "v2").projects().locations().operations()
    for _ in range(WAITS):
        if not operation.get("done"):
            operation = operations.wait(name=operation["name"], body={"timeout": "30s"}).execute()
    assert operation.get("done"), operation
    return operation


def api(server: Served, name: str, version: str) -> Any:
    """Google's client of an API."""
    document = documents.document(name, version)
    endpoint = f"{server.address}/{name}/{document['servicePath']}"
    return build_from_document(document, http=httplib2.Http(), client_options={"api_endpoint": endpoint})
