"""The services that the sandbox is made of: a row for each, with its command, its variables and its health."""

import sys
from pathlib import Path

from slipway.sandbox.aws import emulator
from slipway.sandbox.docker import store
from slipway.sandbox.services import keys
from slipway.sandbox.services.definition import Definition, Ports
from slipway.sandbox.services.registry import folder

GATEWAY = "gateway"
HEALTH = "/_slipway/health"


def _ministack(home: Path, _ports: Ports) -> list[str]:
    return emulator.command(home)


def _ministack_variables(home: Path, gateway: Ports) -> dict[str, str]:
    return emulator.environment(gateway["aws"], folder(home) / "ministack", keys.ensure(home))


def _storage_files(home: Path) -> Path:
    return folder(home) / "storage"


def _storage(home: Path, _ports: Ports) -> list[str]:
    return _module("slipway.sandbox.gcp.storage_emulator", home, {}, str(_storage_files(home)))


def _host(home: Path, ports: Ports) -> list[str]:
    return _module("slipway.sandbox.host", home, ports)


def _gateway(home: Path, ports: Ports) -> list[str]:
    return _module("slipway.sandbox.gateway", home, ports)


def _pythonanywhere(home: Path, _ports: Ports) -> list[str]:
    return _module("slipway.sandbox.pythonanywhere.server", home, {})


def _module(name: str, home: Path, ports: Ports, *more: str) -> list[str]:
    return [sys.executable, "-m", name, str(home), *more, *(f"{key}:{number}" for key, number in ports.items())]


DEFINITIONS = (
    Definition(
        name=GATEWAY,
        command=_gateway,
        ports=("aws", "storage", "pythonanywhere", "front"),
        inherits=True,
        health=HEALTH,
    ),
    Definition(
        name="ministack",
        command=_ministack,
        variables=_ministack_variables,
        socket=True,
        health=emulator.HEALTH,
        volatile=True,
    ),
    Definition(name="storage", command=_storage, socket=True, health="/", files=_storage_files),
    Definition(
        name="host",
        command=_host,
        ports=("aws", "docker", "gcp", "pythonanywhere", "random"),
        socket=True,
        health=HEALTH,
        installs=True,
    ),
    Definition(name="pythonanywhere", command=_pythonanywhere, socket=True, health=HEALTH, installs=True),
    Definition(
        name="registry", command=store.command, ports=("http",), health="/", files=store.files, wanted=store.wanted
    ),
)
