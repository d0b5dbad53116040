"""A proxy of the environment never stands between two processes of this machine."""

import pytest

from slipway.__main__ import keep_loopback_direct

LOOPBACK = "127.0.0.1,localhost,.localhost,::1"


@pytest.mark.parametrize(
    ("environment", "direct"),
    [
        ({}, None),
        ({"HTTP_PROXY": "http://proxy:1"}, LOOPBACK),
        ({"https_proxy": "http://proxy:1", "NO_PROXY": "corp,localhost"}, "corp,localhost,127.0.0.1,.localhost,::1"),
        ({"ALL_PROXY": "socks5://proxy:1", "no_proxy": "corp"}, f"corp,{LOOPBACK}"),
        ({"NO_PROXY": "corp"}, "corp"),
    ],
)
def test_loopback_is_reached_directly(environment: dict[str, str], direct: str | None):
    """Whatever the user excepts from the proxy stays; without a proxy nothing is set."""
    keep_loopback_direct(environment)
    assert environment.get("NO_PROXY") == direct
    if direct not in (None, "corp"):
        assert environment["no_proxy"] == direct
