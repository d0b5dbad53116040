"""What a sandbox's program finds of Docker: the daemon, the registry and its login, the base images."""

import json
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

from slipway.sandbox.docker import daemon, store
from slipway.sandbox.images import bases
from slipway.sandbox.images.debian import PackagesError
from slipway.sandbox.services.registry import Service, folder, private, write

VARIABLES = {
    "python": "SLIPWAY_BASE_IMAGE",
    "prometheus": "SLIPWAY_PROMETHEUS_IMAGE",
    "proxy": "SLIPWAY_PROXY_IMAGE",
}
"""Base image -> the variable that names it."""


def variables(state_folder: Path, services: Mapping[str, Service]) -> dict[str, str]:
    """The variables for what is there; empty where no daemon answers."""
    where = daemon.find()
    if where is None:
        return {}
    body = {"SLIPWAY_DOCKER": where}
    login = store.login(state_folder)
    if "registry" in services and login is not None:
        body["SLIPWAY_REGISTRY"] = f"127.0.0.1:{services['registry'].port}"
        body["SLIPWAY_REGISTRY_USER"] = login.user
        body["SLIPWAY_REGISTRY_PASSWORD"] = login.password
    record = _noted(state_folder)
    return {**body, **{VARIABLES[which]: record[name] for which in VARIABLES if (name := bases.label(which)) in record}}


def ready(state_folder: Path) -> list[str]:
    """Have the daemon hold the base images, if there is one; a line for each that was made or could not be."""
    where = daemon.find()
    if where is None:
        return []
    record = _noted(state_folder)
    if all(daemon.has_image(where, record.get(bases.label(which), "-")) for which in VARIABLES):
        return []
    lines = []
    with closing(daemon.connect(where)) as client:
        for which in VARIABLES:
            name = bases.newest(client, which)
            if name is None:
                try:
                    name = bases.have(client, which).reference
                    lines.append(f"made the image {name} from Debian's packages")
                except PackagesError as failed:
                    lines.append(f"no base image of {which}: {failed}")
            if name is not None:
                note(state_folder, which, name)
    return lines


def note(state_folder: Path, which: str, name: str) -> None:
    """Remember which base image this sandbox's programs are to use."""
    private(folder(state_folder))
    write(_place(state_folder), json.dumps({**_noted(state_folder), bases.label(which): name}))


def _noted(state_folder: Path) -> dict[str, str]:
    try:
        return json.loads(_place(state_folder).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}


def _place(state_folder: Path) -> Path:
    return folder(state_folder) / "base-images.json"
