"""What is told of a container whose app does not answer: where it listens instead."""

import pytest

from slipway.sandbox.docker.listening import sentence


@pytest.mark.parametrize(
    ("sockets", "env", "says"),
    [
        ([(8080, False)], {"PORT": "8080"}, ""),
        ([(5005, False)], {}, ""),
        ([], {"PORT": "8080"}, ""),
        ([(8080, True)], {"PORT": "8080"}, "on 127.0.0.1:8080 alone"),
        ([(5005, False)], {"PORT": "8080"}, "listens on 5005 and not on 8080: say `port: 5005`"),
    ],
)
def test_the_port_that_an_app_listens_on_is_named(sockets: list[tuple[int, bool]], env: dict[str, str], says: str):
    """With what to write; nothing where its port is the one that the stack's file has."""
    text = sentence(sockets, env)
    assert says in text
    assert bool(text) == bool(says)
