"""``poetry.lock``: its main group, by what the lock says of each package (2.1) or by walking from the project (2.0).

Source: "Basic usage" and "Dependency specification", Poetry's documentation.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from slipway.bundle.errors import BundleError
from slipway.bundle.locks.markers import holds
from slipway.bundle.locks.pins import Pin, normal
from slipway.bundle.platforms import Platform

GROUP = "main"


def pins_of(document: Mapping[str, Any], project: Mapping[str, Any], platform: Platform) -> list[Pin]:
    """The packages of the main group on a platform; ``project`` is what ``pyproject.toml`` holds.

    Raises :class:`BundleError` for a lock that lacks a package which the project asks for.
    """
    packages = list(document.get("package", ()))
    if any("groups" in package for package in packages):
        dependencies = [package for package in packages if _in_main(package, platform)]
    else:
        dependencies = list(_walked(packages, project, platform))
    return [_pin(package, document) for package in dependencies]


def _in_main(package: Mapping[str, Any], platform: Platform) -> bool:
    markers = package.get("markers", "")
    marker = markers.get(GROUP, "") if isinstance(markers, Mapping) else markers
    return GROUP in package["groups"] and not package.get("optional") and holds(marker, platform)


def _walked(
    packages: list[Mapping[str, Any]], project: Mapping[str, Any], platform: Platform
) -> Iterator[Mapping[str, Any]]:
    by_name: dict[str, list[Mapping[str, Any]]] = {}
    for package in packages:
        by_name.setdefault(normal(package["name"]), []).append(package)
    todo = list(_wanted_by(project, platform))
    visited: set[tuple[str, tuple[str, ...]]] = set()
    value: set[str] = set()
    while todo:
        name, extras = todo.pop()
        if (name, extras) in visited:
            continue
        visited.add((name, extras))
        if name not in by_name:
            raise BundleError(f"poetry.lock lacks {name}, which the project asks for: run `poetry lock`")
        package = by_name[name][0]
        if name not in value:
            value.add(name)
            yield package
        todo.extend(_required(package.get("dependencies", {}), platform))
        for extra in extras:
            todo.extend(_of_extra(package.get("extras", {}).get(extra, ())))


def _wanted_by(project: Mapping[str, Any], platform: Platform) -> Iterator[tuple[str, tuple[str, ...]]]:
    from packaging.requirements import Requirement

    for line in project.get("project", {}).get("dependencies", ()):
        requirement = Requirement(line)
        if holds(str(requirement.marker or ""), platform):
            yield normal(requirement.name), tuple(sorted(requirement.extras))
    listed = project.get("tool", {}).get("poetry", {}).get("dependencies", {})
    yield from _required({name: value for name, value in listed.items() if name != "python"}, platform)


def _required(listed: Mapping[str, Any], platform: Platform) -> Iterator[tuple[str, tuple[str, ...]]]:
    for name, value in listed.items():
        for one in value if isinstance(value, list) else [value]:
            table = one if isinstance(one, Mapping) else {}
            if not table.get("optional") and _fits(table, platform):
                yield normal(name), tuple(sorted(table.get("extras", ())))


def _fits(table: Mapping[str, Any], platform: Platform) -> bool:
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    if not holds(table.get("markers", ""), platform):
        return False
    try:
        return not table.get("python") or platform.python + ".99" in SpecifierSet(table["python"])
    except InvalidSpecifier:
        return True  # Poetry's own ^ and ~: the lock has what they chose


def _of_extra(lines: Iterable[str]) -> Iterator[tuple[str, tuple[str, ...]]]:
    for line in lines:
        yield normal(line.partition(" ")[0].partition("[")[0]), ()


def _pin(package: Mapping[str, Any], document: Mapping[str, Any]) -> Pin:
    name, version = normal(package["name"]), str(package["version"])
    source = package.get("source", {})
    # Before 1.3 of Poetry the hashes were at the end of the lock.
    files = package.get("files") or document.get("metadata", {}).get("files", {}).get(package["name"], ())
    hashes = tuple(file["hash"] for file in files)
    match source.get("type"):
        case "git":
            return Pin(name=name, version=version, url=f"git+{source['url']}@{source['resolved_reference']}")
        case "directory" | "file":
            return Pin(name=name, version=version, folder=source["url"])
        case "url":
            return Pin(name=name, version=version, url=source["url"], hashes=hashes)
    return Pin(name=name, version=version, hashes=hashes)
