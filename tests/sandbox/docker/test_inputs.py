"""What is refused before the daemon is asked, and how inputs are read: no daemon is needed."""

from pathlib import Path

import pytest

from slipway.sandbox.docker import container_inputs, contexts
from slipway.sandbox.docker.client import connect, mark
from slipway.sandbox.docker.daemon import NoDaemonError, address, find
from slipway.sandbox.docker.networks import HANDLERS
from slipway.sandbox.handler import CloudError
from slipway.wire import images as names


@pytest.mark.parametrize(
    ("text", "repository", "tag", "digest"),
    [
        ("python", "python", "", ""),
        ("slipway/python-base:1a2b", "slipway/python-base", "1a2b", ""),
        ("127.0.0.1:5000/stack/app:1.0-x", "127.0.0.1:5000/stack/app", "1.0-x", ""),
        ("localhost/app@sha256:" + "0" * 64, "localhost/app", "", "sha256:" + "0" * 64),
    ],
)
def test_a_name_is_taken_apart_as_docker_does(text: str, repository: str, tag: str, digest: str):
    """A host has a dot, a colon, or is localhost; a port is no tag."""
    found = names.parse(text)
    assert (found.repository, found.tag, found.digest) == (repository, tag, digest)
    assert found.reference == (text if tag or digest else f"{text}:latest")


@pytest.mark.parametrize("text", ["", "App", "a b", "app:", "app:1 0", "app@sha256:0", "a//b", "-app"])
def test_what_is_no_name_is_refused(text: str):
    """In Docker's words."""
    with pytest.raises(ValueError, match="invalid reference format"):
        names.parse(text)


@pytest.mark.parametrize(
    ("given", "key", "why"),
    [
        ({"ports": [{"internal": 0}]}, "ports", "internal must be a port from 1 to 65535, got 0"),
        ({"ports": [{"internal": 80, "external": 70000}]}, "ports", "external must be a port"),
        ({"ports": [{"internal": 80, "protocol": "icmp"}]}, "ports", "protocol must be tcp, udp or sctp"),
        ({"memory": 4}, "memory", "Minimum memory limit allowed is 6MB"),
        ({"memory": 64, "memorySwap": 32}, "memorySwap", "should be larger than memory limit"),
        ({"memorySwap": 32}, "memorySwap", "always set the Memory limit"),
        ({"cpus": "-1"}, "cpus", "must be 0 or more"),
        ({"cpus": "half"}, "cpus", "could not convert"),
        ({"restart": "sometimes"}, "restart", "invalid restart policy 'sometimes'"),
        ({"healthcheck": {"tests": ["NONE"], "interval": "often"}}, "healthcheck", 'invalid duration "often"'),
        ({"gpus": "all"}, "gpus", "the sandbox's containers have no 'gpus'"),
        ({"uploads": [{"file": "/x"}]}, "uploads", "the sandbox's containers have no 'uploads'"),
    ],
)
def test_what_is_wrong_with_a_container_is_said_by_property(given: dict, key: str, why: str):
    """So that a preview tells it, with what is allowed."""
    assert why in container_inputs.check({"image": "a", **given})[key]


def test_a_container_that_is_right_has_nothing_against_it():
    """Unknown values are left out of a check, and empty ones ask for nothing."""
    right = {"image": "a", "memory": 64, "memorySwap": -1, "cpus": "0.5", "gpus": "", "devices": [], "restart": "no"}
    assert container_inputs.check(right) == {}


@pytest.mark.parametrize(("text", "seconds"), [("1m30s", 90), ("200ms", 0.2), ("1.5h", 5400), ("0s", 0)])
def test_durations_are_gos(text: str, seconds: float):
    """As health checks have them."""
    assert container_inputs.nanoseconds(text) == seconds * 1e9


@pytest.mark.parametrize("text", ["5", "s", "1s ", "1 s", "-1s"])
def test_a_number_without_a_unit_is_no_duration(text: str):
    """Docker refuses it, and so does the sandbox."""
    with pytest.raises(CloudError, match="invalid duration"):
        container_inputs.nanoseconds(text)


def test_a_network_that_asks_for_more_is_refused():
    """Nothing is dropped silently."""
    check = HANDLERS["docker:index/network:Network"].check
    assert check({"name": "a", "ingress": False, "internal": True}) == {}
    assert "configFrom" in check({"name": "a", "configFrom": "b"})


def test_the_digest_of_a_context_is_of_what_the_build_sees(tmp_path: Path):
    """Names, contents and the mode to execute; neither times nor what is ignored."""
    (tmp_path / "Dockerfile").write_text("FROM scratch\n")
    (tmp_path / ".dockerignore").write_text("*.log\n")
    before = contexts.digest(tmp_path, None)
    (tmp_path / "a.log").write_text("x")
    (tmp_path / "Dockerfile").touch()
    assert contexts.digest(tmp_path, None) == before
    (tmp_path / "Dockerfile").chmod(0o755)
    assert contexts.digest(tmp_path, None) != before


def test_a_dockerfile_from_elsewhere_counts(tmp_path: Path):
    """It is no part of the folder, yet decides what is built."""
    (tmp_path / "context").mkdir()
    (tmp_path / "context/a").write_text("a")
    (tmp_path / "Dockerfile").write_text("FROM scratch\n")
    before = contexts.digest(tmp_path / "context", tmp_path / "Dockerfile")
    (tmp_path / "Dockerfile").write_text("FROM scratch\nCOPY a /\n")
    assert contexts.digest(tmp_path / "context", tmp_path / "Dockerfile") != before


def test_no_daemon_is_said_with_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """At the first thing that needs one, not before; the address that was tried is named."""
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/none.sock")
    assert find() is None
    docker = connect(environment={"SLIPWAY_HOME": str(tmp_path)})
    with pytest.raises(NoDaemonError, match=r"no Docker daemon answers at unix://.*none\.sock: `make docker`"):
        assert docker.client


def test_the_address_is_dockers_own_variable_or_the_default():
    """Contexts of the command are not looked at."""
    assert address({"DOCKER_HOST": "tcp://127.0.0.1:1"}) == "tcp://127.0.0.1:1"
    assert address({}) == "unix:///var/run/docker.sock"


def test_the_mark_of_a_sandbox_tells_no_path():
    """It goes into images that are pushed."""
    assert mark("/home/somebody/.slipway") != mark("/home/other/.slipway")
    assert mark("/a").isalnum()
    assert len(mark("/a")) == 16
