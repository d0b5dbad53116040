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


def _ministack(state_folder: Path, _ports: Ports) -> list[str]:
    return emulator.command(state_folder)


def _ministack_variables(state_folder: Path, gateway: Ports) -> dict[str, str]:
    return emulator.environment(gateway["aws"], folder(state_folder) / "ministack", keys.ensure(state_folder))


def _storage_files(state_folder: Path) -> Path:
    return folder(state_folder) / "storage"


def _google(state_folder: Path, _ports: Ports) -> list[str]:
    return _module("slipway.sandbox.host.google", state_folder, {}, str(_storage_files(state_folder)))


def _host(state_folder: Path, ports: Ports) -> list[str]:
    return _module("slipway.sandbox.host", state_folder, ports)


def _gateway(state_folder: Path, ports: Ports) -> list[str]:
    return _module("slipway.sandbox.gateway", state_folder, ports)


def _pythonanywhere(state_folder: Path, _ports: Ports) -> list[str]:
    return _module("slipway.sandbox.pythonanywhere.server", state_folder, {})


def one_more(name: str, module: str) -> Definition:
    """A service that a command adds to a running sandbox: a module that listens on the socket file of its name."""
    return Definition(
        name=name,
        command=lambda state_folder, _ports: _module(module, state_folder, {}),
        socket=True,
        health=HEALTH,
        installs=True,
    )


def _module(name: str, state_folder: Path, ports: Ports, *more: str) -> list[str]:
    return [sys.executable, "-m", name, str(state_folder), *more, *(f"{key}:{number}" for key, number in ports.items())]


DEFINITIONS = (
    Definition(
        name=GATEWAY,
        command=_gateway,
        ports=("aws", "storage", "google", "pythonanywhere", "front", "page"),
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
    Definition(name="google", command=_google, socket=True, health=HEALTH, installs=True, files=_storage_files),
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
