"""``uv.lock``: what the project in the folder needs of it, walked edge by edge.

Source: "Project structure and files" and "Resolution", uv's documentation; the format's version is 1.
"""

import posixpath
from collections.abc import Iterator, Mapping
from typing import Any

from slipway.bundle.errors import BundleError
from slipway.bundle.locks.markers import holds
from slipway.bundle.locks.pins import Pin, normal
from slipway.bundle.platforms import Platform

HERE = (".", "")


def pins_of(document: Mapping[str, Any], platform: Platform, *, member: str = ".") -> list[Pin]:
    """The packages that the project at ``member`` (a folder, relative to the lock) needs on a platform.

    Raises :class:`BundleError` for a lock without that project, and for one that lacks a package it names.
    """
    packages = document.get("package", [])
    root = next((package for package in packages if _folder(package) == member), None)
    if root is None:
        raise BundleError(f"uv.lock has no project in the folder {member!r}: run `uv lock` there")
    chosen: dict[str, Pin] = {}
    visited: set[tuple[str, str, str]] = set()
    todo = list(_edges(root, "", platform))
    while todo:
        edge = todo.pop()
        package = _package(packages, edge, platform)
        if package is root:
            continue
        chosen.setdefault(f"{package['name']} {package.get('version', '')}", _pin(package, member))
        for extra in ("", *edge.get("extra", ())):
            key = (package["name"], str(package.get("version", "")), extra)
            if key not in visited:
                visited.add(key)
                todo.extend(_edges(package, extra, platform))
    return list(chosen.values())


def _edges(package: Mapping[str, Any], extra: str, platform: Platform) -> Iterator[Mapping[str, Any]]:
    listed = package.get("optional-dependencies", {}).get(extra, ()) if extra else package.get("dependencies", ())
    yield from (edge for edge in listed if holds(edge.get("marker", ""), platform))


def _package(packages: list[Mapping[str, Any]], edge: Mapping[str, Any], platform: Platform) -> Mapping[str, Any]:
    named = [package for package in packages if package["name"] == edge["name"]]
    if version := edge.get("version"):
        named = [package for package in named if package.get("version") == version]
    if source := edge.get("source"):
        named = [package for package in named if package.get("source") == source]
    if len(named) > 1:
        named = [
            package
            for package in named
            if any(holds(marker, platform) for marker in package.get("resolution-markers", ("",)))
        ]
    if not named:
        raise BundleError(f"uv.lock lacks the package {edge['name']}, which it names: run `uv lock`")
    return named[0]


def _folder(package: Mapping[str, Any]) -> str | None:
    source = package.get("source", {})
    for kind in ("virtual", "editable", "directory"):
        if kind in source:
            return posixpath.normpath(source[kind] or ".")
    return None


def _pin(package: Mapping[str, Any], member: str) -> Pin:
    name, version = normal(package["name"]), str(package.get("version", ""))
    source = package.get("source", {})
    if git := source.get("git"):
        address, _, commit = git.partition("#")
        return Pin(name=name, version=version, url=f"git+{address.partition('?')[0]}@{commit}")
    if (folder := _folder(package)) is not None:
        return Pin(name=name, version=version, folder=posixpath.relpath(folder, member))
    files = [*package.get("wheels", ()), *([package["sdist"]] if "sdist" in package else [])]
    hashes = tuple(file["hash"] for file in files if "hash" in file)
    if url := source.get("url"):
        return Pin(name=name, version=version, url=url, hashes=hashes)
    if path := source.get("path"):
        return Pin(name=name, version=version, folder=posixpath.relpath(path, member))
    return Pin(name=name, version=version, hashes=hashes)
