"""Day 2 of what runs in containers: Cloud Run's revisions share and come back; a container says what it has not."""

import re
from collections import Counter

import httpx
import pytest

from slipway.platforms.addresses import reachable
from tests.docker.conftest import Containers

pytestmark = [pytest.mark.docker, pytest.mark.slow, pytest.mark.services, pytest.mark.timeout(600)]

APP = "hello-run"
MAIN = "hello_container/main.py"
REQUESTS = 200


def answers(containers: Containers, times: int) -> Counter[str]:
    """How often which greeting answered."""
    address, headers = reachable(containers.url(APP))
    with httpx.Client(trust_env=False, headers=headers) as client:
        return Counter(client.get(address).text for _ in range(times))


def listed(containers: Containers) -> list[str]:
    """The rows of the table of revisions, newest first."""
    return containers.run("versions", APP).splitlines()[2:]


def test_a_revision_is_tried_promoted_taken_back_and_asked_by_the_clock(containers: Containers):
    """One journey, because every step stands on the one before."""
    containers.leave(APP)
    nightly = {"nightly": {"cron": "0 3 * * *", "time_zone": "Europe/Berlin", "path": "/healthz"}}
    containers.change(lambda config: config["slipway:apps"][APP].update(schedules=nightly))
    before = containers.settings()
    containers.verb("up")
    assert containers.run("open", APP).strip() == containers.url(APP)
    assert "nightly: 0 3 * * * Europe/Berlin → GET /healthz" in " ".join(containers.run("status").split())
    (first,) = listed(containers)
    assert first.endswith("all traffic")

    # A canary: the share is really a share, and nothing is left to do.
    containers.edit(MAIN, "Hello, World!", "Hello, canary!")
    told = containers.verb("up", "--canary", "40")
    assert f"{APP}: the newest version gets 40 % of the requests until `slipway promote {APP}" in told
    asked = answers(containers, REQUESTS)
    assert set(asked) == {"Hello, World!", "Hello, canary!"}
    assert 0.22 < asked["Hello, canary!"] / REQUESTS < 0.58
    newer, older = listed(containers)
    assert ("40 %" in newer, "60 %" in older) == (True, True)
    assert older.split()[0] == first.split()[0]
    assert containers.nothing_would_change()

    # Both are heard, each under its name, also while one looks.
    heard = containers.run("logs", APP).splitlines()
    assert {line.split(": ")[0] for line in heard if "GET / " in line} == {newer.split()[0], older.split()[0]}
    containers.follow(APP, lambda word: containers.page(APP, f"/{word}"))

    # Promoted, it has all; the settings are what they were.
    containers.verb("promote", APP)
    assert answers(containers, 20) == {"Hello, canary!": 20}
    assert containers.settings() == before
    assert "has no canary to promote" in containers.verb("promote", APP, status=1)

    # Back to the revision before, whose container has ended since; forth again; and back by the digest of its artifact.
    containers.verb("rollback", APP)
    assert answers(containers, 20) == {"Hello, World!": 20}
    assert listed(containers)[1].endswith("pinned")
    assert containers.nothing_would_change()
    containers.verb("rollback", APP, "--forget")
    assert answers(containers, 20) == {"Hello, canary!": 20}
    assert containers.settings() == before
    containers.verb("rollback", APP, "--to", older.split()[1])
    assert answers(containers, 20) == {"Hello, World!": 20}

    # By the clock, and at once; what was asked has been logged.
    assert re.search(r"^GET http\S+/healthz: 200$", containers.run("trigger", APP), re.M)
    assert "GET /healthz" in containers.run("logs", APP)

    # What Cloud Run has not; down, the pin goes with what it names.
    assert "earlier revisions cost nothing" in containers.verb("prune", APP, "--keep", "1", status=1)
    assert "takes no events: ask the app at its address: http" in containers.run("invoke", APP, "-e", "x", status=1)
    assert "nothing is left" in containers.verb("destroy", "--yes")
    assert containers.settings() == before


def test_a_container_is_asked_what_it_does(containers: Containers):
    """Its versions, its state, its log, its address; a canary, and the way back by the image in the registry."""
    containers.leave("dockerize")
    before = containers.settings()
    containers.verb("up")
    containers.edit("dockerize/main.py", "Hello World!", "Hello again!")
    containers.verb("up", "--canary", "40")
    newer, older = containers.run("versions", "dockerize").splitlines()[2:]
    assert ("40 %" in newer, "60 %" in older) == (True, True)
    assert containers.nothing_would_change()
    containers.verb("promote", "dockerize")
    assert containers.page("dockerize") == "Hello again!"
    assert containers.settings() == before
    containers.verb("rollback", "dockerize")
    assert containers.page("dockerize") == "Hello World!"
    containers.verb("rollback", "dockerize", "--forget")
    assert containers.page("dockerize") == "Hello again!"
    assert containers.run("open", "dockerize").strip() == containers.url("dockerize")
    said = " ".join(containers.run("status").split())
    assert re.search(r"container running, healthy, 0 restarts .* MB of \d+ MB", said)
    containers.follow("dockerize", lambda word: containers.page("dockerize", f"/?{word}"))
    assert "GET /?after" in containers.run("logs", "dockerize", "--lines", "20")
    containers.verb("prune", "dockerize", "--keep", "1")
    assert "error: dockerize: Docker" in containers.run("trigger", "dockerize", status=1)
    assert "nothing is left" in containers.verb("destroy", "--yes")
