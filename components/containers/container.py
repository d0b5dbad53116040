"""An app as a container on one Docker engine: limited, locked down, restarted, on a network of its own."""

import ipaddress
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypedDict

import pulumi
import pulumi_docker as docker

LOOPBACK = "127.0.0.1"
SCRATCH_MB = 16
"""What an app may write to /tmp, which is memory and counts as the app's (MB)."""
STOP_SECONDS = 10
"""How long an app may take to finish what it answers when it is replaced."""
LOG_OPTIONS = {"max-size": "10m", "max-file": "3"}
"""An engine's default keeps every line for ever."""


@dataclass(frozen=True, kw_only=True)
class AppContainerArgs:
    """An image, and what it may use of the machine."""

    image: pulumi.Input[str]
    """By digest: ``HOST/PATH@sha256:…``."""
    port: int
    """Where the app listens, inside."""
    publish: int | None = None
    """The machine's port that leads there; None: the same one."""
    address: str = LOOPBACK
    """The machine's address that the port is on."""
    memory: int = 128
    """MB; what needs more is killed, and started again. There is no swap on top."""
    cpus: float = 0.5
    """Processors, as a share of one or several."""
    env: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    wait_seconds: int = 60
    """How long a new container may take until its health check says that it is well."""

    def __post_init__(self) -> None:
        for what, port in (("port", self.port), ("publish", self.host_port)):
            if not 1 <= port <= 65535:
                raise ValueError(f"{what} must be 1 to 65535, got {port}")
        if self.memory < 16:
            raise ValueError(f"memory must be 16 MB or more, got {self.memory}")
        if self.cpus <= 0:
            raise ValueError(f"cpus must be more than 0, got {self.cpus:g}")

    @property
    def host_port(self) -> int:
        """The machine's port."""
        return self.port if self.publish is None else self.publish


class AppContainer(pulumi.ComponentResource):
    """A container that may do nothing but answer on its port."""

    url: pulumi.Output[str]
    container_name: pulumi.Output[str]
    network: pulumi.Output[str]
    """Its network's name: who is to reach the app without the machine's port joins that."""
    host: str
    """What the app is called on that network."""

    def __init__(self, name: str, args: AppContainerArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("slipway:containers:AppContainer", name, {}, opts)
        self.host = name
        # The default bridge lets every container talk to every other one.
        network = docker.Network(
            f"{name}-network",
            driver="bridge",
            labels=labelled({**args.labels, "slipway.app": name}),
            opts=pulumi.ResourceOptions(parent=self),
        )
        container = docker.Container(
            name,
            image=args.image,
            envs=environment(args.env),
            ports=[
                {"internal": args.port, "external": args.host_port, "ip": args.address, "protocol": "tcp"},
            ],
            networks_advanced=[{"name": network.name, "aliases": [name]}],
            memory=args.memory,
            # The limit of memory and swap together.
            memory_swap=args.memory,
            cpus=f"{args.cpus:g}",
            tmpfs={"/tmp": f"rw,noexec,nosuid,nodev,size={SCRATCH_MB}m,mode=1777"},  # noqa: S108 - the app's own
            **locked_down(),
            wait=True,
            wait_timeout=args.wait_seconds,
            labels=labelled({**args.labels, "slipway.app": name}),
            # A port can be taken once: the old container has to leave it first.
            opts=pulumi.ResourceOptions(parent=self, delete_before_replace=True),
        )
        self.container_name, self.network = container.name, network.name
        shown = LOOPBACK if ipaddress.ip_address(args.address).is_unspecified else args.address
        # Only once it answers: whoever depends on the address depends on the container.
        self.url = pulumi.Output.concat(container.id.apply(lambda _: "http://"), f"{shown}:{args.host_port}")
        self.register_outputs({"url": self.url, "container_name": self.container_name, "network": self.network})


class LockedDown(TypedDict):
    """Arguments of a container."""

    read_only: bool
    capabilities: docker.ContainerCapabilitiesArgsDict
    security_opts: list[str]
    privileged: bool
    restart: str
    must_run: bool
    destroy_grace_seconds: int
    log_driver: str
    log_opts: dict[str, str]


def locked_down() -> LockedDown:
    """What every container here is: unable to change its image, to get privileges, or to fill the disk with logs."""
    return {
        "read_only": True,
        "capabilities": {"drops": ["ALL"]},
        "security_opts": ["no-new-privileges:true"],
        "privileged": False,
        "restart": "unless-stopped",
        "must_run": True,
        "destroy_grace_seconds": STOP_SECONDS,
        "log_driver": "json-file",
        "log_opts": LOG_OPTIONS,
    }


def labelled(labels: Mapping[str, str]) -> list[docker.ContainerLabelArgsDict]:
    """Labels in the provider's form, sorted."""
    return [{"label": label, "value": value} for label, value in sorted(labels.items())]


def environment(env: Mapping[str, pulumi.Input[str]]) -> Sequence[pulumi.Input[str]]:
    """``KEY=VALUE`` each, sorted; a secret value keeps its line secret."""
    return [pulumi.Output.concat(key, "=", value) for key, value in sorted(env.items())]
