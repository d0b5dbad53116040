"""An app's own project in the form that code asks ``importlib.metadata`` for: a ``.dist-info`` beside its files.

An app's files go to a platform as they are; its project is not installed there. Code that asks for its own version or
its own entry points would fail at its first line.
Source: https://packaging.python.org/en/latest/specifications/recording-installed-packages/.
"""

import ast
import configparser
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from slipway.bundle.plan import App

ASKED_FOR = re.compile(rb"\bimportlib[._]metadata\b|\bpkg_resources\b|\bfrom importlib import [^\n]*\bmetadata\b")
"""Words of code that asks for what is installed."""
VERSION = re.compile(r"""^__version__(?:\s*:\s*str)?\s*=\s*["']([^"']+)["']""", re.MULTILINE)
NO_VERSION = "0"
"""Of a project whose version only its build computes."""


@dataclass(frozen=True, kw_only=True)
class _Project:
    name: str
    version: str = ""
    entry_points: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Group -> name -> object."""


def own_metadata(app: App) -> dict[str, bytes]:
    """The files of the ``.dist-info`` of an app's own project; none where its code asks for nothing of the kind."""
    project = next((project for read in (_pyproject, _setup_cfg, _setup_py) if (project := read(app))), None)
    if project is None or not any(ASKED_FOR.search(app.read(path)) for path in app.tree.files if path.endswith(".py")):
        return {}
    version = project.version or _declared(app, project.name) or NO_VERSION
    folder = f"{re.sub(r'[-_.]+', '_', project.name)}-{version}.dist-info"
    files = {f"{folder}/METADATA": f"Metadata-Version: 2.1\nName: {project.name}\nVersion: {version}\n"}
    lines: list[str] = []
    for group, objects in project.entry_points.items():
        lines += [f"[{group}]", *(f"{name} = {value}" for name, value in objects.items()), ""]
    if lines:
        files[f"{folder}/entry_points.txt"] = "\n".join(lines)
    return {path: text.encode() for path, text in files.items()}


def _pyproject(app: App) -> _Project | None:
    document = _toml(app)
    project: Mapping[str, Any] = document.get("project", {})
    poetry: Mapping[str, Any] = document.get("tool", {}).get("poetry", {})
    name = project.get("name") or poetry.get("name")
    if not isinstance(name, str):
        return None
    groups = {
        "console_scripts": project.get("scripts") or poetry.get("scripts") or {},
        **project.get("entry-points", {}),
        **poetry.get("plugins", {}),
    }
    points = {
        group: {key: value for key, value in objects.items() if isinstance(value, str)}
        for group, objects in groups.items()
        if objects
    }
    version = str(project.get("version") or poetry.get("version") or "")
    return _Project(name=name, version=version, entry_points=points)


def _toml(app: App) -> Mapping[str, Any]:
    try:
        return tomllib.loads(app.text("pyproject.toml")) if "pyproject.toml" in app else {}
    except tomllib.TOMLDecodeError:
        return {}


def _setup_cfg(app: App) -> _Project | None:
    parser = configparser.ConfigParser(interpolation=None)
    try:
        parser.read_string(app.text("setup.cfg") if "setup.cfg" in app else "")
    except configparser.Error:
        return None
    if not parser.has_option("metadata", "name"):
        return None
    version = parser["metadata"].get("version", "").strip()
    return _Project(name=parser["metadata"]["name"].strip(), version="" if ":" in version else version)


def _setup_py(app: App) -> _Project | None:
    try:
        tree = ast.parse(app.text("setup.py") if "setup.py" in app else "")
    except SyntaxError:
        return None
    texts = {
        node.arg: node.value.value
        for node in ast.walk(tree)
        if isinstance(node, ast.keyword) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
    }
    return _Project(name=texts["name"], version=texts.get("version", "")) if "name" in texts else None


def _declared(app: App, name: str) -> str:
    """The version that the project's package declares."""
    package = re.sub(r"[-.]+", "_", name)
    for path in (f"{package}/__init__.py", f"src/{package}/__init__.py", f"{package}.py"):
        if path in app and (match := VERSION.search(app.text(path))):
            return match[1]
    return ""
