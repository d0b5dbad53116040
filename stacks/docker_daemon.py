"""The Docker daemon that the sandbox uses on this machine, with its registry and its images."""

import os
import platform
from collections.abc import Mapping
from dataclasses import dataclass

from slipway.wire import variables

NEEDED = (variables.DOCKER, variables.REGISTRY, variables.BASE_IMAGE)
"""Variables that are all needed to build, to push and to run."""
BASE_PYTHON = "3.11"
"""Debian 12's, for a base image that does not name its Python."""


@dataclass(frozen=True, kw_only=True)
class DockerDaemon:
    """What the sandbox hands over in variables; `slipway sandbox env` prints the same for a plain ``pulumi``."""

    registry: str
    """``127.0.0.1:PORT``."""
    username: str
    password: str
    base: str
    """A small Python base image, made on this machine."""
    base_python: str
    prometheus: str
    """Prometheus' image; "" if this machine has nothing to make it of."""
    proxy: str
    """HAProxy's image; "" if this machine has nothing to make it of."""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> "DockerDaemon | None":
        """The daemon; None if there is none that can be used."""
        if not all(environment.get(name) for name in NEEDED):
            return None
        return cls(
            registry=environment[variables.REGISTRY],
            username=environment.get(variables.REGISTRY_USER, ""),
            password=environment.get(variables.REGISTRY_PASSWORD, ""),
            base=environment[variables.BASE_IMAGE],
            base_python=environment.get(variables.BASE_PYTHON, BASE_PYTHON),
            prometheus=environment.get(variables.PROMETHEUS_IMAGE, ""),
            proxy=environment.get(variables.PROXY_IMAGE, ""),
        )


def architecture() -> str:
    """This machine's architecture, as wheels call it."""
    return {"aarch64": "arm64", "arm64": "arm64"}.get(platform.machine(), "x86_64")
