"""``Pipfile.lock``: its section ``default``. Source: "Pipfile & Pipfile.lock", Pipenv's documentation."""

from collections.abc import Mapping
from typing import Any

from slipway.bundle.locks.markers import holds
from slipway.bundle.locks.pins import Pin, normal
from slipway.bundle.platforms import Platform


def pins_of(document: Mapping[str, Any], platform: Platform) -> list[Pin]:
    """The packages of a deployment on a platform. Raises :class:`BundleError` for a marker that is none."""
    return [
        _pin(name, package)
        for name, package in document.get("default", {}).items()
        if holds(package.get("markers", ""), platform)
    ]


def _pin(name: str, package: Mapping[str, Any]) -> Pin:
    name = normal(name)
    if "git" in package:
        return Pin(name=name, url=f"git+{package['git']}@{package.get('ref', '')}")
    if folder := package.get("path"):
        return Pin(name=name, folder=folder)
    if url := package.get("file"):
        return Pin(name=name, url=url, hashes=tuple(package.get("hashes", ())))
    version = str(package.get("version", "")).removeprefix("==")
    return Pin(name=name, version=version, hashes=tuple(package.get("hashes", ())))
