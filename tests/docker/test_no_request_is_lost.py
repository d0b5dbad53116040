"""Requests go on while versions are deployed, tried, promoted and taken back: none is lost."""

import os
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from slipway.platforms.addresses import reachable
from tests.contract.requests_lost import SUBJECTS, Subject, changed
from tests.docker.conftest import Containers

pytestmark = [pytest.mark.docker, pytest.mark.slow, pytest.mark.services, pytest.mark.timeout(600)]


TIMES = int(os.environ.get("SLIPWAY_DEPLOYS", "1"))


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("subject", [pytest.param(one, id=one.app) for one in SUBJECTS if one.docker])
def test_an_app_answers_throughout(containers: Containers, subject: Subject):
    """The new one has to be well before traffic moves to it; the old one ends what it answers."""
    containers.leave(subject.app)
    with changed(subject, containers, TIMES) as (asked, count):
        assert asked.lost == []
        assert {f"Hello, {number}!" for number in range(1, count + 1)} <= set(asked.answers)


SLOW = """

@app.get("/slow")
def slow() -> Response:
    import time

    time.sleep(5)
    return Response("slow", mimetype="text/plain")
"""


@pytest.mark.parametrize("subject", [pytest.param(one, id=one.app) for one in SUBJECTS if one.docker])
def test_a_request_in_flight_is_answered_by_the_version_that_took_it(containers: Containers, subject: Subject):
    """The old one ends after its answers: five seconds are within the grace of the server and of the container."""
    containers.leave(subject.app)
    source = containers.folder / "app_src" / subject.file
    source.write_text(source.read_text().replace("\n\nif __name__", f"{SLOW}\n\nif __name__"))
    containers.verb("up")
    address, headers = reachable(containers.url(subject.app))
    statuses: Counter[int] = Counter()
    ended = threading.Event()

    def ask_on() -> None:
        while not ended.is_set():
            answer = httpx.get(f"{address.rstrip('/')}/slow", headers=headers, trust_env=False, timeout=30.0)
            statuses[answer.status_code] += 1

    with ThreadPoolExecutor(3) as pool:
        askers = [pool.submit(ask_on) for _ in range(3)]
        try:
            subject.edit(containers, 1)
            containers.verb("up")
        finally:
            ended.set()
        for asker in askers:
            asker.result()
    assert set(statuses) == {200}
