"""What every container here is: unable to change its image, to get privileges, or to fill the disk with logs."""

from collections.abc import Mapping, Sequence
from typing import TypedDict

import pulumi
import pulumi_docker as docker

STOP_SECONDS = 10
"""How long an app may take to finish what it answers when it is replaced; servers' own grace is shorter."""
LOG_OPTIONS = {"max-size": "10m", "max-file": "3"}
"""A daemon's default keeps every line forever."""
NOT_UPDATED = ["healthcheck", "tmpfs"]
"""Properties whose changes the Docker provider calls an update, and leaves the container as it was: they replace it."""


AS_BUILT = (
    *("CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FOWNER", "CAP_FSETID"),
    *("CAP_KILL", "CAP_NET_BIND_SERVICE", "CAP_SETGID", "CAP_SETUID"),
)
"""What root keeps in an image that runs as it was built: Docker's usual capabilities, without raw network access,
devices and other roots; called as daemons call them when they are asked (https://docs.docker.com/engine/containers/run/#runtime-privilege-and-linux-capabilities)."""


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


def as_built() -> LockedDown:
    """What a container is whose image expects what `docker run` gives: it writes its own files, and root may do more.

    Nothing of that outlives the container, and no process gains a privilege that it did not start with.
    """
    return {**locked_down(), "read_only": False, "capabilities": {"drops": ["ALL"], "adds": list(AS_BUILT)}}


def labelled(labels: Mapping[str, str]) -> list[docker.ContainerLabelArgsDict]:
    """Labels in the provider's form, sorted."""
    return [{"label": label, "value": value} for label, value in sorted(labels.items())]


def environment(env: Mapping[str, pulumi.Input[str]]) -> Sequence[pulumi.Input[str]]:
    """``KEY=VALUE`` each, sorted; a secret value keeps its line secret."""
    return [pulumi.Output.concat(key, "=", value) for key, value in sorted(env.items())]
