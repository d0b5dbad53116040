"""The containers of the sandbox's stack on a real daemon: they answer, are watched, are locked in, and go away."""

import re
import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.docker.conftest import Containers

pytestmark = [pytest.mark.docker, pytest.mark.slow, pytest.mark.services, pytest.mark.timeout(600)]

SECONDS = 30.0
"""Until something is seen that takes a few seconds on a machine with nothing else to do."""


def seen(look: Callable[[], Any], seconds: float = SECONDS) -> Any:
    """What ``look`` finds once it finds anything; the last it found where it never does."""
    until = time.monotonic() + seconds
    while True:
        try:
            found = look()
        except (httpx.HTTPError, AssertionError) as failed:
            found, why = None, failed
        else:
            why = found
        if found:
            return found
        assert time.monotonic() < until, f"not seen in {seconds:g} s, at last: {why!r}"
        time.sleep(0.2)


def get(port: int, path: str = "/") -> str:
    return httpx.get(f"http://127.0.0.1:{port}{path}", timeout=10.0, trust_env=False).raise_for_status().text


def asked(prometheus: int, query: str) -> dict[str, float]:
    """What a query says, by job."""
    found = httpx.get(f"http://127.0.0.1:{prometheus}/api/v1/query", params={"query": query}, trust_env=False).json()
    return {one["metric"].get("job", ""): float(one["value"][1]) for one in found["data"]["result"]}


def alarms(prometheus: int) -> list[tuple[str, str, str]]:
    """What fires: alert, app, severity."""
    found = httpx.get(f"http://127.0.0.1:{prometheus}/api/v1/alerts", trust_env=False).json()["data"]["alerts"]
    said = [(alert["labels"], alert["state"]) for alert in found]
    return [(labels["alertname"], labels["job"], labels["severity"]) for labels, state in said if state == "firing"]


def test_apps_answer_are_watched_and_are_locked_in(containers: Containers):
    """From `up` to `destroy`: answers, metrics, an alarm, no way out of the container, and nothing left."""
    said = containers.verb("up")
    ports = containers.ports
    assert get(ports["dockerize"]) == "Hello World!"
    assert get(ports["hello-container"]) == "Hello, World!"
    run = re.search(r"http://(hello-run-\S+\.run\.localhost):(\d+)", said)
    answer = httpx.get(f"http://127.0.0.1:{run[2]}/", headers={"Host": run[1]}, timeout=10.0, trust_env=False)
    assert (answer.status_code, answer.text) == (200, "Hello, World!")

    assert "http_requests_total" in get(ports["hello-container"], "/metrics")
    assert seen(lambda: asked(ports["monitoring"], "up")) == {"hello-container": 1.0}
    limit = seen(lambda: asked(ports["monitoring"], "app_memory_limit_bytes"))
    assert limit == {"hello-container": 128.0 * 2**20}

    for page in ("/alerts", "/targets"):  # as Prometheus' own pages are called
        shown = httpx.get(f"http://127.0.0.1:{ports['monitoring']}{page}", trust_env=False, follow_redirects=True)
        assert (page, shown.status_code) == (page, 200)

    log = containers.run("logs", "hello-container", "--lines", "200")
    assert "Control server error" not in log
    assert "GET / HTTP/1.1" in log
    assert "HTTP/1.0" not in log  # Docker's health check
    assert "Prometheus/" not in log
    lines = containers.run("logs", "hello-run", "--lines", "200").splitlines()
    assert {line.rpartition(" ")[2] for line in lines if "GET " in line} == {"200"}
    assert any(line.endswith("GET / 200") for line in lines)

    hello, other = containers.container("hello-container"), containers.container("dockerize")
    assert "Read-only file system" in refused(containers, hello, "open('/app/main.py', 'w')")
    assert "Read-only file system" in refused(containers, hello, "open('/new', 'w')")
    address = containers.docker_says("inspect", "-f", "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}", other)
    reach = f"import socket; socket.create_connection(('{address.strip()}', 5000), timeout=3)"
    assert re.search("timed out|unreachable|refused", refused(containers, hello, reach))
    assert re.search(
        "not known|resolution|No address", refused(containers, hello, reach.replace(address.strip(), "dockerize"))
    )

    containers.docker_says("stop", "--time", "2", hello)
    assert seen(lambda: alarms(ports["monitoring"])) == [("AppDown", "hello-container", "critical")]

    registry = containers.registry
    assert "nothing is left" in containers.run("destroy", "--yes", "--stack", "sandbox")
    assert containers.left(registry) == []


def test_what_is_unchanged_is_not_built_and_one_line_is_one_layer(containers: Containers):
    """The second `up` touches nothing; a changed line keeps every layer but its own, and only its app's container."""
    containers.verb("up")
    before = {app: (containers.container(app), layers(containers, app)) for app in ("dockerize", "hello-container")}
    quiet = containers.verb("up")
    assert re.search(r"Resources: \d+ unchanged", quiet)
    assert containers.nothing_would_change()
    assert {app: (containers.container(app), layers(containers, app)) for app in before} == before

    containers.edit("dockerize/main.py", "Hello World!", "Hello again!")
    containers.verb("up")
    assert seen(lambda: get(containers.ports["dockerize"])) == "Hello again!"
    assert containers.container("hello-container") == before["hello-container"][0]
    assert containers.container("dockerize") != before["dockerize"][0]
    old, new = before["dockerize"][1], layers(containers, "dockerize")
    assert len(old) == len(new)
    assert [at for at in range(len(old)) if old[at] != new[at]] == [len(old) - 1]


def test_a_greedy_request_is_killed_and_the_app_comes_back(containers: Containers):
    """The kernel ends what goes over its memory, the daemon starts it again, and the machine keeps the rest."""
    greedy = """
@app.get("/greedy")
def greedy() -> Response:
    return Response(str(len(b"x" * (1 << 30))))


if __name__"""
    containers.edit("dockerize/main.py", "\nif __name__", greedy)
    # One process, so that what is killed is the container's own: a worker's end would be its arbiter's to mend.
    alone = """CMD ["python3", "-c", "import main; main.app.run(host='0.0.0.0', port=5000)"]\n# CMD ["python3" """
    containers.edit("dockerize/Dockerfile", 'CMD ["python3", "-m", "gunicorn"', f'{alone.strip()}, "-m", "gunicorn"')
    containers.verb("up")
    name = containers.container("dockerize")
    with pytest.raises(httpx.HTTPError):
        get(containers.ports["dockerize"], "/greedy")
    assert seen(lambda: int(containers.docker_says("inspect", "-f", "{{.RestartCount}}", name))) >= 1
    assert seen(lambda: get(containers.ports["dockerize"])) == "Hello World!"


def refused(containers: Containers, name: str, code: str) -> str:
    """What Python says in a container that may not do it."""
    import subprocess

    done = subprocess.run(["docker", "exec", name, "python3", "-c", code], capture_output=True, text=True, timeout=60)
    assert done.returncode != 0, f"{code} worked"
    return done.stderr.strip().splitlines()[-1]


def layers(containers: Containers, app: str) -> list[str]:
    """The layers of the image that an app's container runs."""
    image = containers.docker_says("inspect", "-f", "{{.Image}}", containers.container(app)).strip()
    return containers.docker_says("inspect", "-f", "{{range .RootFS.Layers}}{{.}} {{end}}", image).split()
