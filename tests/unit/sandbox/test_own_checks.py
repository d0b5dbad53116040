"""When a starting container's health check is made by us: a check in vain takes of the processor it starts with."""

import os
from typing import Any

import pytest

from slipway.sandbox.docker import listening
from slipway.sandbox.docker.own_checks import SILENT, Checks


class Container:
    """One whose checks all pass; counts them."""

    id = "it"

    def __init__(self, pid: int) -> None:
        self.client, self.api, self.begun = self, self, 0
        self.attrs = {"Config": {"Healthcheck": {"Test": ["CMD", "check"]}}, "State": {"Pid": pid}}

    def exec_create(self, id: str, words: list[str]) -> dict[str, str]:
        """As the daemon's."""
        assert (id, words) == ("it", ["check"])
        return {"Id": "one"}

    def exec_start(self, id: str, *, detach: bool) -> None:
        """As the daemon's."""
        assert (id, detach) == ("one", True)
        self.begun += 1

    def exec_inspect(self, id: str) -> dict[str, Any]:
        """As the daemon's: it has ended well."""
        assert id == "one"
        return {"Running": False, "ExitCode": 0}


@pytest.fixture
def sockets(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, bool]]:
    """Where the container listens: nowhere yet."""
    sockets: list[tuple[int, bool]] = []
    monkeypatch.setattr(listening, "sockets_of", lambda _: sockets)
    return sockets


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The clock's time, to be set."""
    now = [100.0]
    monkeypatch.setattr("slipway.sandbox.docker.own_checks.time.monotonic", lambda: now[0])
    return now


def test_a_container_is_checked_from_the_moment_it_listens(sockets: list[tuple[int, bool]], at: list[float]):
    """Not before, and then at once."""
    container = Container(os.getpid())
    checks = Checks(container)  # pyright: ignore[reportArgumentType]
    assert not checks.passed()
    assert container.begun == 0
    sockets.append((8080, False))
    assert not checks.passed()
    assert container.begun == 1
    assert checks.passed()


def test_a_container_that_listens_nowhere_is_checked_all_the_same(sockets: list[tuple[int, bool]], at: list[float]):
    """A while later: its check may be of a file."""
    container = Container(os.getpid())
    checks = Checks(container)  # pyright: ignore[reportArgumentType]
    checks.passed()
    at[0] += SILENT
    assert not checks.passed()
    assert container.begun == 1


def test_a_container_of_another_machine_is_checked_at_once(sockets: list[tuple[int, bool]], at: list[float]):
    """Where the kernel does not show its sockets."""
    container = Container(0)
    checks = Checks(container)  # pyright: ignore[reportArgumentType]
    checks.passed()
    assert container.begun == 1
