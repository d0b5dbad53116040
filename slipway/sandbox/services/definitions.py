"""What the sandbox is made of: a row a service, with its command, its variables and how its health is asked."""

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from slipway.sandbox.aws import emulator
from slipway.sandbox.docker import store
from slipway.sandbox.services.registry import folder

Ports = Mapping[str, int]


@dataclass(frozen=True)
class Definition:
    """One kind of service.

    ``health`` is a path that answers 200 over HTTP; "" where an open port is enough. ``volatile`` says that what it
    holds is gone when it ends. One that is not ``wanted`` on this machine is not part of the sandbox.
    """

    name: str
    command: Callable[[Path, Ports], Sequence[str]]
    variables: Callable[[Path, Ports], Mapping[str, str]] = lambda _home, _ports: {}
    ports: tuple[str, ...] = ("http",)
    health: str = ""
    volatile: bool = False
    wanted: Callable[[], bool] = lambda: True


def _ministack(_home: Path, _ports: Ports) -> list[str]:
    return emulator.command()


def _ministack_variables(home: Path, ports: Ports) -> dict[str, str]:
    endpoint = f"http://127.0.0.1:{ports['http']}"
    return {**emulator.environment(ports["http"], folder(home) / "ministack"), "AWS_ENDPOINT_URL": endpoint}


def _storage(home: Path, ports: Ports) -> list[str]:
    data = str(folder(home) / "storage")
    words = ["--port", str(ports["http"]), "--host", "127.0.0.1", "--quiet"]
    return [sys.executable, "-m", "gcp_storage_emulator", "--data-dir", data, "start", *words]


def _host(home: Path, ports: Ports) -> list[str]:
    return [
        sys.executable,
        "-m",
        "slipway.sandbox.host",
        str(home),
        *(f"{name}:{port}" for name, port in ports.items()),
    ]


def _front(home: Path, ports: Ports) -> list[str]:
    return [sys.executable, "-m", "slipway.sandbox.appengine.front", str(home), str(ports["http"])]


def _pythonanywhere(home: Path, ports: Ports) -> list[str]:
    return [sys.executable, "-m", "slipway.sandbox.pythonanywhere.server", str(home), str(ports["http"])]


DEFINITIONS = (
    Definition("ministack", _ministack, _ministack_variables, health=emulator.HEALTH, volatile=True),
    Definition("storage", _storage, health="/"),
    Definition("host", _host, ports=("aws", "docker", "gcp", "pythonanywhere", "random")),
    Definition("front", _front, health="/_slipway/health"),
    Definition("pythonanywhere", _pythonanywhere, health="/_slipway/health"),
    Definition("registry", store.command, wanted=store.wanted),
)
