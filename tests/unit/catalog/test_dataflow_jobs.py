"""Asking Dataflow for its jobs, over HTTP, with whatever it may answer."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from slipway.catalog.dataflow_jobs import ENDPOINT, TOKEN, Api, AskError, Job, Place, State

HERE = Place(project="p", region="europe-west1")


class Dataflow:
    """Answers in turn, and what was asked."""

    def __init__(self, *answers: tuple[int, Any]) -> None:
        self.answers, self.asked = list(answers), []

    def __enter__(self) -> Api:
        dataflow = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                dataflow.asked.append((self.path, self.headers["authorization"]))
                status, body = dataflow.answers.pop(0)
                content = json.dumps(body).encode()
                self.send_response(status)
                self.send_header("content-length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, format: str, *args: object) -> None: ...

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return Api.of({ENDPOINT: f"http://127.0.0.1:{self._server.server_port}/v1b3/", TOKEN: "key"})

    def __exit__(self, *_error: object) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture(autouse=True)
def patience() -> Iterator[None]:
    """No pause between two tries."""
    import stamina

    with stamina.set_testing(True, attempts=3):
        yield


def error(status: str, **more: Any) -> dict[str, Any]:
    """An error in Google's form."""
    return {"error": {"message": f"said {status}", "status": status, **more}}


def job(id: str, created: str, state: str) -> dict[str, str]:
    """A job in the API's form."""
    return {"id": id, "name": "count", "createTime": created, "currentState": state}


def test_every_page_is_read_the_latest_job_first() -> None:
    """A project with many jobs answers in pages; a state that is unknown here counts as not over."""
    pages = [
        (200, {"jobs": [job("1", "2026-01-01T00:00:00Z", "JOB_STATE_DONE")], "nextPageToken": "t"}),
        (200, {"jobs": [job("2", "2026-01-02T00:00:00Z", "JOB_STATE_NEW")]}),
    ]
    dataflow = Dataflow(*pages)
    with dataflow as api:
        jobs = api.jobs(HERE)
    assert [(each.id, each.state) for each in jobs or ()] == [("2", State.UNKNOWN), ("1", State.DONE)]
    paths = [path for path, _ in dataflow.asked]
    assert paths[0].startswith("/v1b3/projects/p/locations/europe-west1/jobs?filter=ALL")
    assert "pageToken=t" in paths[1]
    assert {key for _, key in dataflow.asked} == {"Bearer key"}


@pytest.mark.parametrize(
    ("status", "body"),
    [(404, error("NOT_FOUND")), (403, error("PERMISSION_DENIED", details=[{"reason": "CONSUMER_INVALID"}]))],
)
def test_a_project_that_is_not_there_has_no_jobs(status: int, body: dict[str, Any]) -> None:
    """Google answers a deleted project in two ways."""
    with Dataflow((status, body)) as api:
        assert api.jobs(HERE) is None


def test_a_refusal_is_no_answer() -> None:
    """It names the role that is missing; a run that is done would be started and paid for once more."""
    with Dataflow((403, error("PERMISSION_DENIED"))) as api, pytest.raises(AskError, match=r"roles/dataflow\.viewer"):
        api.jobs(HERE)


def test_a_busy_service_is_asked_again() -> None:
    """Once more, and then it answers; or it does not, which is an error too."""
    with Dataflow((503, error("UNAVAILABLE")), (429, error("BUSY")), (200, {})) as api:
        assert api.jobs(HERE) == []
    with Dataflow(*[(503, error("UNAVAILABLE"))] * 3) as api, pytest.raises(AskError, match="said UNAVAILABLE"):
        api.jobs(HERE)


@pytest.mark.parametrize("state", State, ids=lambda state: state.name)
def test_a_job_that_goes_on_has_not_failed(state: State):
    """Only a job that is over may have failed."""
    assert state.over or not state.failed


def test_a_jobs_time_ends_with_the_job():
    """An hour and a quarter from its creation to its end; without times there is no number."""
    times = {"createTime": "2026-11-21T14:00:00Z", "currentStateTime": "2026-11-21T15:15:00.5Z"}
    job = Job.read({"id": "1", "name": "count", "currentState": "JOB_STATE_DONE", **times})
    assert job.seconds == 4500.5
    assert Job.read({"id": "1", "name": "count", "currentState": "JOB_STATE_DONE"}).seconds is None
