"""``pylock.toml``: the lock file of PEP 751, as uv, pip and PDM write it, and as ``slipway lock`` does.

Source: https://packaging.python.org/en/latest/specifications/pylock-toml/.
"""

from collections.abc import Mapping
from typing import Any

from slipway.bundle.errors import BundleError
from slipway.bundle.locks.markers import holds
from slipway.bundle.locks.pins import HASHES, Pin, normal
from slipway.bundle.platforms import Platform


def pins_of(document: Mapping[str, Any], platform: Platform) -> list[Pin]:
    """The packages on a platform. Raises :class:`BundleError` for a lock of a later format, or another Python."""
    if not str(document.get("lock-version", "")).startswith("1."):
        raise BundleError(f"pylock.toml has the lock-version {document.get('lock-version')!r}: Slipway reads 1.x")
    _check_python(str(document.get("requires-python", "")), platform)
    alone = document.get("tool", {}).get("slipway", {}).get("python", platform.python)
    if alone != platform.python:
        raise BundleError(
            f"pylock.toml holds for Python {alone} alone, and the app is made for {platform.python}: its pins do not "
            "resolve for all Pythons. Lock it for this one with `slipway lock APP --stack STACK`"
        )
    return [
        _pin(package)
        for package in document.get("packages", ())
        if holds(package.get("marker", ""), platform, lock_file=True)
    ]


def _check_python(required: str, platform: Platform) -> None:
    from packaging.specifiers import SpecifierSet

    if required and f"{platform.python}.99" not in SpecifierSet(required):
        raise BundleError(f"pylock.toml is for Python {required}, and the app is made for {platform.python}")


def _pin(package: Mapping[str, Any]) -> Pin:
    name, version = normal(package["name"]), str(package.get("version", ""))
    if vcs := package.get("vcs"):
        return Pin(name=name, version=version, url=f"{vcs['type']}+{vcs.get('url', '')}@{vcs['commit-id']}")
    if directory := package.get("directory"):
        return Pin(name=name, version=version, folder=directory["path"])
    if archive := package.get("archive"):
        hashes = tuple(f"{kind}:{digest}" for kind, digest in archive.get("hashes", {}).items() if kind in HASHES)
        url, folder = archive.get("url", ""), archive.get("path", "")
        return Pin(name=name, version=version, url=url, folder=folder, hashes=hashes)
    files = [*package.get("wheels", ()), *([package["sdist"]] if "sdist" in package else [])]
    return Pin(name=name, version=version, hashes=tuple(f"sha256:{file['hashes']['sha256']}" for file in files))
