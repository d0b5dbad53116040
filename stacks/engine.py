"""The Docker engine that the sandbox has found on this machine, and what it brings: a registry and two images."""

import os
import platform
from collections.abc import Mapping
from dataclasses import dataclass

NEEDED = ("SLIPWAY_DOCKER", "SLIPWAY_REGISTRY", "SLIPWAY_BASE_IMAGE")
"""Variables without any of which there is nothing to build, to push or to run with."""
BASE_PYTHON = "3.11"
"""Debian 12's, where the base image does not say."""


@dataclass(frozen=True, kw_only=True)
class LocalEngine:
    """What `slipway sandbox` says of it; `slipway sandbox env` has the same for a plain ``pulumi``."""

    registry: str
    """``127.0.0.1:PORT``."""
    username: str
    password: str
    base: str
    """A small Python base, which no hub is needed for."""
    base_python: str
    prometheus: str
    """Prometheus' image; "" where this machine has none to make it of."""

    @classmethod
    def found(cls, environment: Mapping[str, str] = os.environ) -> "LocalEngine | None":
        """The engine; None where there is none that can be used."""
        if not all(environment.get(name) for name in NEEDED):
            return None
        return cls(
            registry=environment["SLIPWAY_REGISTRY"],
            username=environment.get("SLIPWAY_REGISTRY_USER", ""),
            password=environment.get("SLIPWAY_REGISTRY_PASSWORD", ""),
            base=environment["SLIPWAY_BASE_IMAGE"],
            base_python=environment.get("SLIPWAY_BASE_PYTHON", BASE_PYTHON),
            prometheus=environment.get("SLIPWAY_PROMETHEUS_IMAGE", ""),
        )


def architecture() -> str:
    """This machine's, as wheels call it."""
    return {"aarch64": "arm64", "arm64": "arm64"}.get(platform.machine(), "x86_64")
