"""The services that the sandbox is made of: a row for each, with its command, its variables and its health."""

import sys
from pathlib import Path

from slipway.sandbox.aws import emulator
from slipway.sandbox.docker import store
from slipway.sandbox.services.definition import Definition, Ports
from slipway.sandbox.services.registry import folder


def _ministack(_home: Path, _ports: Ports) -> list[str]:
    return emulator.command()


def _ministack_variables(home: Path, ports: Ports) -> dict[str, str]:
    endpoint = f"http://127.0.0.1:{ports['http']}"
    return {**emulator.environment(ports["http"], folder(home) / "ministack"), "AWS_ENDPOINT_URL": endpoint}


def _storage(home: Path, ports: Ports) -> list[str]:
    data = str(_storage_files(home))
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


def _storage_files(home: Path) -> Path:
    return folder(home) / "storage"


DEFINITIONS = (
    Definition(
        name="ministack",
        command=_ministack,
        variables=_ministack_variables,
        health=emulator.HEALTH,
        volatile=True,
    ),
    Definition(name="storage", command=_storage, health="/", files=_storage_files),
    Definition(name="host", command=_host, ports=("aws", "docker", "gcp", "pythonanywhere", "random")),
    Definition(name="front", command=_front, health="/_slipway/health"),
    Definition(name="pythonanywhere", command=_pythonanywhere, health="/_slipway/health"),
    Definition(name="registry", command=store.command, files=store.files, wanted=store.wanted),
)
