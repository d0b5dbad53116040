"""``pdm.lock``: the packages of its default group. Source: "Lock file", PDM's documentation."""

from collections.abc import Mapping
from typing import Any

from slipway.bundle.locks.markers import holds
from slipway.bundle.locks.pins import Pin, normal
from slipway.bundle.platforms import Platform


def pins_of(document: Mapping[str, Any], platform: Platform) -> list[Pin]:
    """The packages of the default group on a platform. Raises :class:`BundleError` for a marker that is none."""
    return [
        _pin(package)
        for package in document.get("package", ())
        if "default" in package.get("groups", ["default"]) and holds(package.get("marker", ""), platform)
    ]


def _pin(package: Mapping[str, Any]) -> Pin:
    name, version = normal(package["name"]), str(package.get("version", ""))
    if "git" in package:
        return Pin(name=name, version=version, url=f"git+{package['git']}@{package.get('revision', '')}")
    if "path" in package:
        return Pin(name=name, version=version, folder=package["path"])
    hashes = tuple(file["hash"] for file in package.get("files", ()))
    return Pin(name=name, version=version, url=package.get("url", ""), hashes=hashes)
