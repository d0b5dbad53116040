"""The package ``docker`` served on a port, with a registry of its own beside the machine's daemon."""

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from slipway.providers.protocol import wire
from slipway.sandbox.composition.definitions import DEFINITIONS
from slipway.sandbox.composition.environment import cloud_variables
from slipway.sandbox.docker import daemon, left, registries, store
from slipway.sandbox.docker.client import connect
from slipway.sandbox.docker.package import PACKAGE
from slipway.sandbox.images import bases, debian, root
from slipway.sandbox.images.bases import Base
from slipway.sandbox.images.debian import PackagesError
from slipway.sandbox.images.recipes import Recipe
from slipway.sandbox.services import health, ports, processes, registry
from slipway.sandbox.services.registry import Service
from tests.daemon import daemon_or_skip, lacking

IMAGE = "docker:index/image:Image"
REMOTE = "docker:index/remoteImage:RemoteImage"
PUSHED = "docker:index/registryImage:RegistryImage"
TAG = "docker:index/tag:Tag"
CONTAINER = "docker:index/container:Container"
NETWORK = "docker:index/network:Network"
VOLUME = "docker:index/volume:Volume"
(REGISTRY,) = (definition for definition in DEFINITIONS if definition.name == "registry")


@dataclass
class Bench:
    """A sandbox's state_folder with a registry that runs, the calls of a daemon, and Docker itself to look with."""

    state_folder: Path
    caller: Any
    base: str
    tiny: str
    client: Any

    @property
    def address(self) -> str:
        return f"127.0.0.1:{registry.load(self.state_folder)['registry'].port}"

    def start_registry(self) -> None:
        chosen = ports.choose(("http",))
        log = self.state_folder / "registry.log"
        process = processes.spawn(
            store.command(self.state_folder, chosen), state_folder=self.state_folder, log=log, extra={}
        )
        registry.put(self.state_folder, Service("registry", process, chosen))
        health.wait(self.state_folder, REGISTRY, registry.load(self.state_folder)["registry"])

    def stop_registry(self) -> None:
        processes.end([registry.load(self.state_folder)["registry"].process])

    def tags(self) -> list[str]:
        """What the registry has."""
        return registries.tags(connect(environment=cloud_variables(self.state_folder)))

    def left(self) -> list[str]:
        """What the daemon has of this sandbox."""
        return list(left.listed(self.state_folder))

    def image(self, context: Path, path: str = "stack/app", tag: str = "1", **build: Any) -> dict[str, Any]:
        """The inputs of an image."""
        args = {"BASE": self.tiny} | build.pop("args", {})
        login = store.login(self.state_folder)
        assert login is not None
        return {
            "imageName": f"{self.address}/{path}:{tag}",
            "build": {"context": str(context), "args": args, **build},
            "registry": {"server": self.address, "username": login.user, "password": login.password},
        }

    def container(self, **inputs: Any) -> dict[str, Any]:
        """The inputs of a container of the base image that sleeps."""
        return {"image": self.base, "command": ["sleep", "600"], "destroyGraceSeconds": 0, **inputs}

    def run(self, id: str, *words: str) -> tuple[int, str]:
        """Do something in a container: the exit status, and what was printed."""
        done = self.client.containers.get(id).exec_run(list(words))
        return done.exit_code, done.output.decode()

    def plain(self, struct: Any) -> dict[str, Any]:
        return wire.plain_props(struct)


@pytest.fixture(scope="session")
def base() -> Iterator[tuple[Any, str]]:
    """The daemon's client and the name of a Python base image, made where the daemon has none."""
    where = daemon_or_skip()
    with closing(daemon.connect(where)) as client:
        try:
            name = bases.newest(client, "python") or bases.have(client, "python").reference
        except PackagesError as missing:
            lacking(str(missing))
        yield client, name


@pytest.fixture(scope="session")
def tiny(base: tuple[Any, str]) -> str:
    """The name of an image with a shell and nothing else: two megabytes to push."""
    recipe = Recipe(name="slipway-tests/tiny", says="", packages=("busybox-static",), links={"usr/bin/sh": "busybox"})
    made = Base(recipe, debian.architecture(), debian.wanted(recipe.packages))
    if not bases.there(base[0], made):
        layer = root.root(recipe, debian.fetch(made.packages, debian.store()), made.architecture)
        base[0].images.load(bases.archive("python", made, layer))
    return made.reference


@pytest.fixture
def bench(base: tuple[Any, str], tiny: str, tmp_path: Path, serving: Callable[..., Any]) -> Iterator[Bench]:
    """A sandbox of its own; nothing of it stays on the daemon."""
    state_folder = tmp_path / "home"
    state_folder.mkdir()
    made = Bench(state_folder, serving(PACKAGE, lambda: cloud_variables(state_folder)), base[1], tiny, base[0])
    made.start_registry()
    made.caller.configure()
    yield made
    left.remove(state_folder)
    made.stop_registry()


@pytest.fixture
def context(tmp_path: Path) -> Callable[..., Path]:
    """``context(**{"Dockerfile": "…"})`` writes a build context and returns where it is."""

    def write(files: dict[str, str], name: str = "context") -> Path:
        folder = tmp_path / name
        for path, content in files.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(content)
        return folder

    return write
