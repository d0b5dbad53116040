"""Brings the time service up in a platform: the project's own program and command, in a copy of the project."""

import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import httpx
import yaml

from slipway.engine.api import stack_outputs
from slipway.platforms.addresses import reachable
from tests.contract.platform import ADAPTERS, Platform
from tests.demo.clones import Clone, drop_unused

APP = "time-service"
SOURCE = "app_src/time_service"
TIMEOUT = 240.0
"""Seconds that an answer may take, a container's first among them."""


@dataclass(frozen=True)
class Live:
    """The time service where it is live."""

    platform: Platform
    url: str

    def ask(self, path: str, method: str = "GET") -> httpx.Response:
        """The answer to one request, on a connection of its own."""
        with self.client() as client:
            return client.request(method, path)

    def client(self) -> httpx.Client:
        """A client for several requests on one connection."""
        address, headers = reachable(self.url)
        return httpx.Client(base_url=address.rstrip("/"), headers=headers, timeout=TIMEOUT, trust_env=False)


def why_not(platform: Platform) -> str:
    """Why this machine cannot bring it up; "" where it can."""
    if platform.needs_docker and not _engine():
        return "no Docker daemon answers on this machine"
    return ""


@contextmanager
def live(platform: Platform, folder: Path) -> Iterator[Live]:
    """The service up in a platform, from a copy of the project in ``folder``; afterwards all of it is gone again."""
    clone = Clone(folder / "clone", "embedded")
    clone.docker = platform.needs_docker
    _write(clone, platform)
    try:
        clone.verb("up")
        outputs = stack_outputs(clone.folder, f"file://{clone.folder / '.slipway' / 'state'}", "sandbox")
        yield Live(platform, outputs["apps"][APP]["url"])
    finally:
        clone.run("destroy", "--yes", status=None)
        clone.run("sandbox", "stop", status=None)
        shutil.rmtree(clone.folder, ignore_errors=True)


def _write(clone: Clone, platform: Platform) -> None:
    """The one app in the copy's stack file; beside it what the platform adds."""
    for name, adapter in platform.adds.items():
        shutil.copy(ADAPTERS / adapter, clone.folder / SOURCE / name)
    path = clone.folder / "stacks" / "Pulumi.sandbox.yaml"
    said = yaml.safe_load(path.read_text())
    app = {**platform.settings, "source": SOURCE}
    if platform.freezes:
        # In the app's own folder, where it works: some platforms let an app see no other that tests may write.
        shutil.copy(ADAPTERS / "sitecustomize.py", clone.folder / SOURCE)
        app["env"] = {"PYTHONPATH": "."}
    if app.get("publish") == 0:
        app["publish"] = _free()
    said["config"]["slipway:apps"] = {APP: app}
    drop_unused(said["config"])
    path.write_text(yaml.safe_dump(said))


def _free() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@cache
def _engine() -> bool:
    import docker
    from docker.errors import DockerException

    try:
        client = docker.from_env(timeout=3)
        client.ping()
        client.close()
    except (DockerException, OSError):
        return False
    return True
