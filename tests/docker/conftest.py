"""A fresh clone of the program whose stack has containers alone, on free ports, against the machine's Docker daemon."""

import json
import socket
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from slipway.sandbox.docker.client import LABEL, mark
from tests.daemon import daemon_or_skip
from tests.demo.clones import Clone

STACK = Path("stacks/Pulumi.sandbox.yaml")
KEPT = ("dockerize", "hello-container", "hello-run")


class Containers(Clone):
    """A clone with the containers of the sandbox's stack and nothing else."""

    docker = True

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, "embedded")
        self.ports: dict[str, int] = {}
        self.change(self._alone)

    def leave(self, *apps: str) -> None:
        """Keep these of them, and no monitoring."""

        def drop_others(config: dict[str, Any]) -> None:
            config["slipway:apps"] = {name: config["slipway:apps"][name] for name in apps}
            del config["slipway:monitoring"]

        self.change(drop_others)

    def change(self, how: Callable[[dict[str, Any]], None]) -> None:
        """Edit the stack's configuration."""
        document = self.settings()
        how(document["config"])
        (self.folder / STACK).write_text(yaml.safe_dump(document, sort_keys=False))

    def settings(self) -> dict[str, Any]:
        """What the stack's file says."""
        return yaml.safe_load((self.folder / STACK).read_text())

    def _alone(self, config: dict[str, Any]) -> None:
        config["slipway:apps"] = {name: config["slipway:apps"][name] for name in KEPT}
        config["slipway:registries"] = {}
        for name in ("dockerize", "hello-container", "monitoring"):
            self.ports[name] = free_port()
        for name in ("dockerize", "hello-container"):
            config["slipway:apps"][name]["publish"] = self.ports[name]
        config["slipway:monitoring"] = {"publish": self.ports["monitoring"], "scrape_seconds": 1}

    def container(self, app: str) -> str:
        """The name of an app's container; "" where there is none."""
        ours = ["--filter", self.ours, "--filter", f"label=slipway.app={app}"]
        return self.docker_says("ps", "--all", "--format", "{{.Names}}", *ours).strip()

    @property
    def ours(self) -> str:
        """What Docker lists of this clone's sandbox alone."""
        return f"label={LABEL}={mark(self.state_folder)}"

    @property
    def state_folder(self) -> Path:
        """Where the clone's runs write."""
        return self.folder / ".slipway"

    def edit(self, file: str, old: str, new: str) -> None:
        """Change a line of an app."""
        path = self.folder / "app_src" / file
        assert old in path.read_text()
        path.write_text(path.read_text().replace(old, new))

    def docker_says(self, *words: str, status: int = 0) -> str:
        """What Docker's own command prints."""
        done = subprocess.run(["docker", *words], capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == status, done.stderr
        return done.stdout

    def left(self, registry: int) -> list[str]:
        """What the daemon has of this clone's sandbox, whose ``registry`` was at that port."""
        ours = self.ours
        found = [
            *self.docker_says("ps", "--all", "--quiet", "--filter", ours).split(),
            *self.docker_says("network", "ls", "--quiet", "--filter", ours).split(),
            *self.docker_says("volume", "ls", "--quiet", "--filter", ours).split(),
        ]
        images = self.docker_says("image", "ls", "--format", "{{.Repository}}").split()
        return [*found, *(name for name in images if name.startswith(f"127.0.0.1:{registry}/"))]

    @property
    def registry(self) -> int:
        """The port of the sandbox's registry."""
        known = json.loads((self.state_folder / "sandbox/services.json").read_text())
        return known["services"]["registry"]["ports"]["http"]


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def containers(tmp_path: Path) -> Iterator[Containers]:
    """The clone; what it has made on the daemon goes with it."""
    daemon_or_skip()
    made = Containers(tmp_path / "clone")
    yield made
    made.run("destroy", "--yes", "--stack", "sandbox", status=None)
    made.run("sandbox", "stop", status=None)
