"""Containers on the real daemon: limited, locked in, alone on their network, refused in Docker's words."""

import io
import socket
import tarfile
import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from slipway.errors import UserError
from slipway.platforms.docker import PLATFORM
from slipway.platforms.docker import logs as read_log
from slipway.platforms.platform import Deployment
from slipway.sandbox.composition.environment import cloud_variables
from slipway.sandbox.docker import watch
from slipway.sandbox.docker.client import LABEL, mark
from slipway.sandbox.docker.container_limits import PROCESSES
from slipway.sandbox.docker.package import PACKAGE
from slipway.sandbox.services.ports import choose
from slipway.stack.engines import Engine
from slipway.stack.outputs import App
from slipway.stack.project import Project
from slipway.stack.session import Run
from tests.sandbox.conftest import Refused
from tests.sandbox.docker.conftest import CONTAINER, NETWORK, VOLUME, Bench

pytestmark = [pytest.mark.docker, pytest.mark.services]

PATIENCE = 30.0
"""Seconds for what a daemon does by itself: a restart, a health check."""
SERVER = ["python3", "-u", "-m", "http.server", "8000", "--directory", "/etc"]
GREEDY = "import time; time.sleep(1); held = [bytearray(1 << 20) for _ in range(512)]; time.sleep(600)"
ASK = "import sys, urllib.request as u; print(u.urlopen(sys.argv[1], timeout=2).status)"


def until(true: Callable[[], Any]) -> Any:
    """What ``true`` gives once it is something; the test fails where it never is."""
    deadline = time.monotonic() + PATIENCE
    while not (found := true()):
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.1)
    return found


def port() -> int:
    return choose(("http",))["http"]


def healthy(**more: Any) -> dict[str, Any]:
    """A health check that Python's server passes."""
    test = ["CMD", "python3", "-c", ASK, "http://127.0.0.1:8000/hostname"]
    return {"tests": test, "interval": "200ms", "timeout": "2s", "retries": 50, **more}


WORKER_TOO_LARGE = """
import subprocess, sys, time
subprocess.run([sys.executable, "-c", "kept = bytearray(200 << 20); kept[::4096] = b'1' * len(kept[::4096])"])
time.sleep(600)
"""


def test_a_worker_that_was_killed_for_memory_is_seen(bench: Bench):
    """The container runs on, healthy and without a restart; what the daemon heard of the kernel is told."""
    limits = {"memory": 48, "memorySwap": 48}
    _, made = bench.caller.made(CONTAINER, bench.container(command=["python3", "-c", WORKER_TOO_LARGE], **limits))
    seen = until(lambda: (look := watch.look(made["name"], use=False)).memory_kills and look)
    assert (seen.status, seen.restarts, seen.memory_kills) == ("running", 0, 1)


def test_a_container_runs_answers_is_watched_and_goes(bench: Bench):
    """Ready when the call returns; its state, its use, its limits and its log are told; nothing of it stays."""
    at = port()
    ports = [{"internal": 8000, "external": at, "ip": "127.0.0.1"}]
    limits = {"memory": 64, "memorySwap": 64, "cpus": "0.5"}
    inputs = bench.container(
        command=SERVER, ports=ports, healthcheck=healthy(), wait=True, envs=["A=1"], user="10001:10001", **limits
    )
    id, made = bench.caller.made(CONTAINER, inputs)
    assert httpx.get(f"http://127.0.0.1:{at}/hostname", trust_env=False).status_code == 200
    assert bench.run(id, "sh", "-c", "echo $A; id -u") == (0, "1\n10001\n")
    # Docker says so itself with its first check, an interval after the start.
    seen = until(lambda: (one := watch.look(made["name"])).health == "healthy" and one)
    assert (seen.status, seen.restarts) == ("running", 0)
    assert seen.use is not None
    assert (seen.use.memory_limit, seen.use.cpus_limit) == (64 << 20, 0.5)
    assert 0 < seen.use.memory < 64 << 20
    (bench.state_folder / "Pulumi.yaml").write_text("name: slipway\n", encoding="utf-8")
    place = Deployment(
        Run(Project(bench.state_folder, bench.state_folder), "sandbox", Engine.embedded),
        App("web", "Docker", made["name"], "", "", (), (), {}),
    )
    told = dict(PLATFORM.state(place))
    assert told["container"] == "running, healthy, 0 restarts"
    assert told["memory"].endswith(" MB of 64 MB")
    assert told["processor"].endswith(" of 0.5 since its start")
    assert PLATFORM.well(place)
    assert any("GET /hostname" in line for line in read_log(place, False, 5))
    assert bench.left() == [f"container {made['name']}"]
    bench.caller.delete(CONTAINER, id, {**inputs, **made})
    assert bench.left() == []
    assert bench.caller.read(CONTAINER, id).id == ""
    assert PLATFORM.state(place) == [("container", f"there is no container {made['name']!r}")]
    assert not PLATFORM.well(place)
    with pytest.raises(UserError, match="web has no log: there is no container"):
        list(read_log(place, False, 5))


def test_more_memory_than_allowed_is_a_death_and_a_new_start(bench: Bench):
    """The kernel kills it, the daemon starts it again, and both are told."""
    inputs = bench.container(
        command=["python3", "-c", GREEDY], memory=32, memorySwap=32, restart="on-failure", maxRetryCount=5
    )
    _, made = bench.caller.made(CONTAINER, inputs)
    until(lambda: watch.look(made["name"], use=False).restarts)
    until(lambda: watch.look(made["name"], use=False).exit_code == 137)


def test_a_locked_container_writes_nowhere_but_to_its_scratch(bench: Bench):
    """A read-only root, no capabilities, no way to more privileges; /tmp is memory."""
    inputs = bench.container(
        readOnly=True,
        tmpfs={"/tmp": "rw,size=1m"},
        capabilities={"drops": ["ALL"]},
        securityOpts=["no-new-privileges:true"],
        user="10001:10001",
    )
    id, _ = bench.caller.made(CONTAINER, inputs)
    status, said = bench.run(id, "sh", "-c", "echo x > /etc/x")
    assert status != 0
    assert "Read-only file system" in said or "Permission denied" in said
    assert bench.run(id, "sh", "-c", "echo x > /tmp/x && cat /tmp/x") == (0, "x\n")
    assert bench.run(id, "grep", "CapEff", "/proc/self/status")[1].split()[1].strip("0") == ""
    assert "NoNewPrivs:\t1" in bench.run(id, "cat", "/proc/self/status")[1]
    assert bench.client.containers.get(id).attrs["HostConfig"]["PidsLimit"] == PROCESSES


def test_a_container_reaches_its_own_network_alone(bench: Bench):
    """By name on a network that both are on; not even by address on one that is another's."""
    nets = [bench.caller.made(NETWORK, {"name": f"slipway-test-{n}-{port()}"}) for n in "ab"]
    names = [made["name"] for _, made in nets]
    _, server = bench.caller.made(
        CONTAINER,
        bench.container(
            command=SERVER, healthcheck=healthy(), wait=True, networksAdvanced=[{"name": names[0], "aliases": ["web"]}]
        ),
    )
    near, _ = bench.caller.made(CONTAINER, bench.container(networksAdvanced=[{"name": names[0]}]))
    far, far_state = bench.caller.made(CONTAINER, bench.container(networksAdvanced=[{"name": names[1]}]))
    address = server["networkDatas"][0]["ipAddress"]
    assert bench.run(near, "python3", "-c", ASK, "http://web:8000/hostname") == (0, "200\n")
    assert bench.run(far, "python3", "-c", ASK, f"http://{address}:8000/hostname")[0] == 1
    both = bench.container(networksAdvanced=[{"name": names[1]}, {"name": names[0]}])
    joined, told = bench.caller.made(CONTAINER, both)
    assert sorted(net["networkName"] for net in told["networkDatas"]) == sorted(names)
    assert bench.run(joined, "python3", "-c", ASK, "http://web:8000/hostname") == (0, "200\n")
    with pytest.raises(Refused, match="has active endpoints"):
        bench.caller.delete(NETWORK, nets[1][0], nets[1][1])
    for container in (far, joined):
        bench.caller.delete(CONTAINER, container, far_state)
    bench.caller.delete(NETWORK, nets[1][0], nets[1][1])


def test_what_docker_refuses_is_refused_in_its_words(bench: Bench):
    """A name that is taken, an image and a program that are not there."""
    at = port()
    bench.caller.made(CONTAINER, bench.container(name=f"taken-{at}"))
    with pytest.raises(Refused, match=rf'Conflict. The container name "/taken-{at}" is already in use'):
        bench.caller.made(CONTAINER, bench.container(name=f"taken-{at}", user="1"))
    with pytest.raises(Refused, match=r"connection refused|No such image|server gave HTTP|EOF"):
        bench.caller.made(CONTAINER, bench.container(image=f"127.0.0.1:{port()}/nobody/nothing:1"))
    with pytest.raises(Refused, match="executable file not found"):
        bench.caller.made(CONTAINER, bench.container(command=["nonsense"]))
    assert bench.left() == [f"container taken-{at}"]


@pytest.mark.parametrize("holder", ["a container", "a program"])
def test_a_taken_port_of_the_machine_is_replaced_by_a_free_one(bench: Bench, holder: str):
    """Its outputs say by which; a later diff and a refresh find nothing to do."""
    at = port()
    ports = [{"internal": 8000, "external": at, "ip": "127.0.0.1"}]
    with socket.socket() as other:
        if holder == "a program":
            other.bind(("127.0.0.1", at))
            other.listen()
        else:
            bench.caller.made(CONTAINER, bench.container(ports=ports))
        inputs = bench.caller.checked(
            CONTAINER, bench.container(command=SERVER, ports=ports, healthcheck=healthy(), wait=True)
        )
        id, made = bench.caller.made(CONTAINER, inputs)
        (published,) = made["ports"]
        assert published["external"] != at
        address = f"http://127.0.0.1:{published['external']}/hostname"
        assert httpx.get(address, trust_env=False).status_code == 200
    assert not bench.caller.diff(CONTAINER, inputs, inputs).diffs
    seen = bench.caller.read(CONTAINER, id, inputs, {**inputs, **made})
    assert bench.plain(seen.inputs)["ports"] == inputs["ports"]
    assert bench.plain(seen.properties)["ports"] == made["ports"]


def test_an_unwell_container_is_kept_with_its_last_words(bench: Bench):
    """It is in the state with the error, stopped, so that its log can be read; the next command starts it again."""
    check = {"tests": ["CMD", "sh", "-c", "echo waiting; test -e /tmp/well"], "interval": "100ms", "retries": 2}
    inputs = bench.caller.checked(CONTAINER, bench.container(healthcheck=check, wait=True, waitTimeout=1))
    with pytest.raises(
        Refused, match=r"it is (unhealthy|starting) after 1 s(.|\n)*its health check said: wait"
    ) as told:
        bench.caller.create(CONTAINER, inputs)
    id = told.value.partial.id
    container = bench.client.containers.get(id)
    assert container.status == "exited"
    well = io.BytesIO()
    with tarfile.open(fileobj=well, mode="w") as tar:
        tar.addfile(tarfile.TarInfo("well"))
    container.put_archive("/tmp", well.getvalue())
    bench.caller.update(CONTAINER, id, inputs, {**inputs, "waitTimeout": 20})
    assert until(lambda: watch.look(inputs["name"], use=False).health == "healthy")


def test_a_container_is_up_as_soon_as_its_check_would_pass(bench: Bench):
    """Docker makes its first check after a whole interval, here a minute; ours is the same command, and sooner."""
    check = {"tests": ["CMD", "test", "-e", "/tmp/ready"], "interval": "60s", "timeout": "5s"}
    starts = ["sh", "-c", "sleep 1; touch /tmp/ready; sleep 600"]
    began = time.monotonic()
    id, _ = bench.caller.made(CONTAINER, bench.container(command=starts, healthcheck=check, wait=True, waitTimeout=50))
    assert time.monotonic() - began < 45
    assert bench.run(id, "cat", "/tmp/ready") == (0, "")


def test_a_container_that_ends_at_once_says_with_what(bench: Bench):
    """The exit status and the end of its log."""
    command = ["sh", "-c", "echo no luck; sleep 0.2; exit 3"]
    with pytest.raises(Refused, match=r"it ended with status 3\.\n    no luck"):
        bench.caller.made(CONTAINER, bench.container(command=command, healthcheck=healthy(), wait=True))
    with pytest.raises(Refused, match="it has no health check to wait for: give it one"):
        bench.caller.made(CONTAINER, bench.container(wait=True))


def test_limits_change_in_place_and_all_else_replaces(bench: Bench):
    """Memory and the restart policy are the daemon's to change; a port needs a new container."""
    inputs = bench.caller.checked(CONTAINER, bench.container(memory=64, memorySwap=64))
    id, made = bench.caller.made(CONTAINER, inputs)
    more = {**inputs, "memory": 96, "memorySwap": 96, "restart": "always"}
    assert not bench.caller.diff(CONTAINER, inputs, more).replaces
    bench.caller.update(CONTAINER, id, {**inputs, **made}, more)
    host = bench.client.containers.get(id).attrs["HostConfig"]
    assert (host["Memory"], host["RestartPolicy"]["Name"]) == (96 << 20, "always")
    assert list(bench.caller.diff(CONTAINER, inputs, {**inputs, "user": "1"}).replaces) == ["user"]


def test_one_that_was_stopped_by_hand_is_started_again(bench: Bench):
    """A refresh says that it does not run, which the program then wants otherwise."""
    inputs = bench.caller.checked(CONTAINER, bench.container(mustRun=True))
    id, made = bench.caller.made(CONTAINER, inputs)
    bench.client.containers.get(id).kill()
    seen = bench.plain(bench.caller.read(CONTAINER, id, inputs, {**inputs, **made}).inputs)
    assert list(bench.caller.diff(CONTAINER, seen, inputs).detailedDiff) == ["mustRun"]
    bench.caller.update(CONTAINER, id, seen, inputs)
    assert bench.client.containers.get(id).status == "running"


def test_interrupted_work_is_taken_up_or_cleared_away(bench: Bench, serving: Callable[..., Any]):
    """A container that was handed over is not adopted by its name; one that was not is removed by the next host."""
    inputs = bench.caller.checked(CONTAINER, bench.container(name=f"adopted-{port()}"))
    id, _ = bench.caller.create(CONTAINER, inputs)
    with pytest.raises(Refused, match="already in use"):
        bench.caller.create(CONTAINER, inputs)
    note = bench.state_folder / "sandbox/docker/begun" / inputs["name"]
    note.write_text("1")  # the pid of a host that has ended in the middle of it
    later = serving(PACKAGE, lambda: cloud_variables(bench.state_folder))
    later.configure()
    assert later.read(CONTAINER, id).id == ""
    assert not note.exists()


def test_a_volume_keeps_what_was_written_and_goes_with_its_resource(bench: Bench):
    """It outlives a container, not its own resource; somebody else's of the same name is refused."""
    id, volume = bench.caller.made(VOLUME, {"name": f"kept-{port()}"})
    mounts = [{"type": "volume", "source": volume["name"], "target": "/data"}]
    first, state = bench.caller.made(CONTAINER, bench.container(mounts=mounts))
    bench.run(first, "sh", "-c", "echo kept > /data/x")
    bench.caller.delete(CONTAINER, first, state)
    second, state = bench.caller.made(CONTAINER, bench.container(mounts=mounts))
    assert bench.run(second, "cat", "/data/x") == (0, "kept\n")
    with pytest.raises(Refused, match="volume is in use"):
        bench.caller.delete(VOLUME, id, volume)
    bench.caller.delete(CONTAINER, second, state)
    bench.caller.delete(VOLUME, id, volume)
    foreign = bench.client.volumes.create(f"foreign-{port()}")
    try:
        with pytest.raises(Refused, match=r"a volume named foreign-.* already exists"):
            bench.caller.made(VOLUME, {"name": foreign.name})
    finally:
        foreign.remove()
    assert bench.left() == []


def test_everything_of_a_sandbox_carries_its_mark(bench: Bench):
    """What an audit and a destroy look for; the program's own labels stand beside it."""
    labels = [{"label": "owner", "value": "me"}]
    ours = {LABEL: mark(bench.state_folder), "owner": "me"}
    _, network = bench.caller.made(NETWORK, {"name": f"marked-{port()}", "labels": labels})
    _, container = bench.caller.made(CONTAINER, bench.container(labels=labels))
    assert ours.items() <= bench.client.containers.get(container["name"]).labels.items()
    assert ours.items() <= bench.client.networks.get(network["name"]).attrs["Labels"].items()
