"""An app in containers on one Docker daemon: limited, locked down, restarted, on a network of its own, behind a proxy.

A new container starts beside the one that serves, has to be well, and gets the requests before the old one ends.
"""

import ipaddress
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pulumi
import pulumi_docker as docker

from components.containers.lockdown import NOT_UPDATED, LockedDown, as_built, environment, labelled, locked_down
from components.containers.proxy import Proxy, ProxyArgs

LOOPBACK = "127.0.0.1"


RELEASE_SECONDS = 600
"""How long a release command may take."""
SHOWN = 20
"""Lines of a failed release command's output that are shown."""


@dataclass(frozen=True, kw_only=True)
class ReleaseCommand:
    """A command that a version runs once, before it serves."""

    command: str
    """For the image's shell, in its working folder."""
    image: pulumi.Input[str]
    """The newest, by digest."""
    attempt: str = ""
    """Another text runs it again: one that failed is no release."""

    def __post_init__(self) -> None:
        if not self.command.strip():
            raise ValueError("a release command must not be empty")


@dataclass(frozen=True, kw_only=True)
class AppContainerArgs:
    """An image, and what it may use of the machine."""

    image: pulumi.Input[str]
    """What serves, by digest: ``HOST/PATH@sha256:…``."""
    proxy_image: str
    """HAProxy's, which owns the machine's port."""
    canary_image: pulumi.Input[str] | None = None
    """What gets ``canary`` percent of the requests; None: nothing does."""
    canary: int = 0
    port: int
    """Where the app listens, inside."""
    publish: int | None = None
    """The machine's port that leads there; None: the same one."""
    address: str = LOOPBACK
    """The machine's address that the port is on."""
    own_pages_alone: bool = False
    """Whether pages of foreign sites, and names that are not this machine's own, are refused: where no proxy of yours
    stands before the app. Counts for an address of the machine itself alone."""
    memory: int = 128
    """MB; what needs more is killed, and started again. There is no swap on top."""
    cpus: float = 0.5
    """Processors, as a share of one or several."""
    locked_down: bool = True
    """Whether the image's files cannot be written and root in it has no capability; False: as `docker run` has it."""
    command: Sequence[str] = ()
    """What is run in the place of the image's own command, after its entry point; () for that."""
    health_path: str = ""
    """What a health check of ours asks for, where the image has none; "": the image has one."""
    env: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)
    release: "ReleaseCommand | None" = None
    """What the newest version runs before it gets a request; None for nothing."""
    data: Mapping[str, str] = field(default_factory=dict)
    """Folders that stay when the container is replaced: name -> where the app has it, absolute."""
    ephemeral: bool = False
    """Whether the folders may be deleted with what is in them."""
    labels: Mapping[str, str] = field(default_factory=dict)
    wait_seconds: int = 60
    """How long a new container may take until its health check says that it is well."""

    def __post_init__(self) -> None:
        for what, port in (("port", self.port), ("publish", self.host_port)):
            if not 1 <= port <= 65535:
                raise ValueError(f"{what} must be 1 to 65535, got {port}")
        if self.memory < 16:
            raise ValueError(f"memory must be 16 MB or more, got {self.memory}")
        if (self.canary_image is not None) != (0 < self.canary < 100):
            raise ValueError(f"a canary has an image and 1 to 99 percent of the requests, got {self.canary}")
        if self.cpus <= 0:
            raise ValueError(f"cpus must be more than 0, got {self.cpus:g}")

    @property
    def serves_earlier(self) -> bool:
        """Whether what serves is another image than the newest, which a release command is of."""
        return self.release is not None and self.release.image is not self.image

    @property
    def host_port(self) -> int:
        """The machine's port."""
        return self.port if self.publish is None else self.publish


class AppContainer(pulumi.ComponentResource):
    """An app that may do nothing but answer on its port."""

    url: pulumi.Output[str]
    container_name: pulumi.Output[str]
    """The container that serves."""
    network: pulumi.Output[str]
    """Its network's name: who is to reach the app without the machine's port joins that."""
    host: str
    """What the app is called on that network."""

    def __init__(self, name: str, args: AppContainerArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("slipway:containers:AppContainer", name, {}, opts)
        self.host = name
        self._args = args
        # The default bridge lets every container talk to every other one.
        network = docker.Network(
            f"{name}-network",
            driver="bridge",
            labels=labelled({**args.labels, "slipway.app": name}),
            opts=pulumi.ResourceOptions(parent=self),
        )
        self._volumes = [self._volume(name, which, where) for which, where in args.data.items()]
        # An earlier version that serves has had its release; the newest is then the canary, or waits.
        newest, pinned = self._released(name, network), args.serves_earlier
        image = args.image if pinned else _after(newest, args.image)
        live = self._container(name, image, network, role="live")
        canary_image = _after(newest, args.canary_image or "")
        canary = self._container(f"{name}-canary", canary_image, network, role="canary") if args.canary else None
        proxy = Proxy(
            name,
            ProxyArgs(
                image=args.proxy_image,
                network=network.name,
                alias=name,
                app_port=args.port,
                publish=args.host_port,
                address=args.address,
                live=live.name,
                canary=canary.name if canary else None,
                share=args.canary,
                own_pages_alone=args.own_pages_alone and ipaddress.ip_address(args.address).is_loopback,
                labels=args.labels,
            ),
            pulumi.ResourceOptions(parent=self),
        )
        self.container_name, self.network = live.name, network.name
        host = LOOPBACK if ipaddress.ip_address(args.address).is_unspecified else args.address
        # Only once it answers: what depends on the address depends on the container and on the proxy's routes.
        self.url = pulumi.Output.concat(proxy.serving.apply(lambda _: "http://"), host, ":", proxy.port.apply(str))
        self.register_outputs({"url": self.url, "container_name": self.container_name, "network": self.network})

    def _released(self, name: str, network: docker.Network) -> pulumi.Output[bool] | None:
        """Whether the release command of the newest version has succeeded; None where there is none.

        Raises :class:`pulumi.RunError` in the Output where it failed, so that nothing after it is declared.
        """
        args = self._args
        if args.release is None:
            return None
        once = {**self._lockdown(), "restart": "no", "must_run": False}
        container = docker.Container(
            f"{name}-release",
            image=args.release.image,
            entrypoints=["timeout", str(RELEASE_SECONDS), "/bin/sh", "-c"],
            command=[args.release.command],
            envs=environment({"PORT": str(args.port), **args.env}),
            networks_advanced=[{"name": network.name}],
            memory=args.memory,
            memory_swap=args.memory,
            cpus=f"{args.cpus:g}",
            tmpfs=self._tmpfs(),
            volumes=self._volumes or None,
            **once,
            attach=True,
            logs=True,
            wait_timeout=RELEASE_SECONDS + args.wait_seconds,
            labels=labelled(
                {**args.labels, "slipway.release": self.host, "slipway.attempt": args.release.attempt or "first"}
            ),
            opts=pulumi.ResourceOptions(parent=self, replace_on_changes=NOT_UPDATED),
        )
        ended = pulumi.Output.all(container.exit_code, container.container_logs)
        return ended.apply(lambda one: _checked(self.host, one[0], one[1] or ""))

    def _volume(self, name: str, which: str, where: str) -> docker.ContainerVolumeArgsDict:
        """A folder of the app's own, which every version gets, also two of them at once."""
        args = self._args
        volume = docker.Volume(
            f"{name}-data-{which}",
            labels=labelled({**args.labels, "slipway.app": self.host, "slipway.data": which}),
            opts=pulumi.ResourceOptions(parent=self, protect=not args.ephemeral),
        )
        return {"volume_name": volume.name, "container_path": where}

    def _lockdown(self) -> LockedDown:
        return locked_down() if self._args.locked_down else as_built()

    def _tmpfs(self) -> dict[str, str] | None:
        """Memory, which counts as the app's; an image that may be written has a folder for that."""
        if not self._args.locked_down:
            return None
        return {"/tmp": f"rw,nosuid,nodev,size={self._args.memory}m,mode=1777"}  # noqa: S108 - the app's own

    def _container(
        self, name: str, image: pulumi.Input[str] | None, network: docker.Network, *, role: str
    ) -> docker.Container:
        args = self._args
        return docker.Container(
            name,
            image=image or "",
            envs=environment({"PORT": str(args.port), **args.env}),
            networks_advanced=[{"name": network.name, "aliases": [self.host]}],
            memory=args.memory,
            # The limit of memory and swap together.
            memory_swap=args.memory,
            cpus=f"{args.cpus:g}",
            command=list(args.command) or None,
            tmpfs=self._tmpfs(),
            volumes=self._volumes or None,
            **self._lockdown(),
            healthcheck=health_check(args.port, args.health_path) if args.health_path else None,
            wait=True,
            wait_timeout=args.wait_seconds,
            labels=labelled({**args.labels, "slipway.app": self.host, "slipway.role": role}),
            # The new one first: it starts beside the old one, which serves until the proxy has switched.
            opts=pulumi.ResourceOptions(parent=self, replace_on_changes=NOT_UPDATED),
        )


def _after(released: pulumi.Output[bool] | None, image: pulumi.Input[str]) -> pulumi.Input[str]:
    """The image, once the release command has succeeded."""
    if released is None:
        return image
    return pulumi.Output.all(released, image).apply(lambda both: both[1])


def _checked(app: str, status: int | None, output: str) -> bool:
    if status:
        why = f"took longer than {RELEASE_SECONDS} s" if status == 124 else f"ended with status {status}"
        end = "\n".join(f"    {line}" for line in output.strip().splitlines()[-SHOWN:])
        raise pulumi.RunError(
            f"the release command of {app} {why}: the container before goes on serving. Its output ends with:\n{end}"
        )
    return True


def health_check(port: int, path: str) -> docker.ContainerHealthcheckArgsDict:
    """A health check for an image without one: an answer below 500, on the address by which the proxy asks.

    An app that listens on 127.0.0.1 alone is not well: nothing outside its container could reach it.
    """
    code = (
        "import socket; host = socket.gethostbyname(socket.gethostname()); "
        f"s = socket.create_connection((host, {port}), 4); "
        f"s.sendall(b'GET {path} HTTP/1.0\\r\\nHost: localhost\\r\\n\\r\\n'); "
        "raise SystemExit(not b'200' <= s.recv(12)[9:12] < b'500')"
    )
    return {
        "tests": ["CMD", "python3", "-c", code],
        "interval": "2s",
        "timeout": "5s",
        "retries": 5,
        "start_period": "30s",
    }
