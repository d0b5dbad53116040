"""Ports of this machine that a Docker daemon refuses, and what takes their place."""

import socket

import pytest

from slipway.sandbox.docker import host_ports

PORTS = [{"internal": 80, "external": 80, "ip": "127.0.0.1"}, {"internal": 9, "external": 9090, "protocol": "udp"}]
SENTENCES = {
    "driver failed programming external connectivity on endpoint a (b): Bind for 127.0.0.1:80 failed: port is already "
    "allocated": {80},
    "failed to set up container networking: listen tcp4 127.0.0.1:80: bind: address already in use": {80},
    "cannot expose privileged port 80, you can add 'net.ipv4.ip_unprivileged_port_start=80'": {80},
    "listen udp 0.0.0.0:9090: bind: address already in use": {9090},
    "port is already allocated": {80, 9090},
    "executable file not found in $PATH": set(),
}
"""What daemons of several versions answer, and the ports that it is about."""


@pytest.mark.parametrize(("why", "expected"), SENTENCES.items())
def test_the_daemons_sentence_tells_which_port_it_refuses(why: str, expected: set[int]):
    """All of them where it names none, and none where it is about something else."""
    assert host_ports.refused(why, PORTS) == expected


def test_a_replacement_is_free_on_this_machine():
    """What another program listens on is passed over, and the ports that were not refused stay."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        held = other.getsockname()[1]
        ports = [{"internal": 80, "external": held - 1, "ip": "127.0.0.1"}, PORTS[1]]
        first, second = host_ports.replaced(ports, frozenset({held - 1}))
    assert first["external"] > held
    assert second == PORTS[1]


def test_an_administrators_port_is_replaced_by_one_for_all():
    """80 by 8080 or one after it."""
    assert 8080 <= host_ports.replaced(PORTS, frozenset({80}))[0]["external"] < 8280


def test_a_container_tells_the_ports_that_it_has():
    """Those that the daemon chose by itself stay undeclared."""
    bindings = {"80/tcp": [{"HostIp": "127.0.0.1", "HostPort": "8080"}], "9/udp": [{"HostPort": "9091"}]}
    assert [port["external"] for port in host_ports.bound(bindings, PORTS)] == [8080, 9091]
    assert host_ports.bound({"80/tcp": [{"HostPort": ""}]}, [{"internal": 80}]) == [{"internal": 80}]
