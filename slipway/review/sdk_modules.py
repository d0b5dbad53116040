"""The modules of Pulumi's SDKs that programs use: imported once, before the processes that evaluate are forked off.

A module of an SDK is large (`pulumi_gcp.compute`: over a second), and loaded when a program first names something in
it. Which ones the programs of a project use is remembered from review to review, in the project's state folder.
"""

import ast
import contextlib
import importlib
import json
import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import ModuleType

REMEMBERED = Path("review") / "modules.json"
"""Below the state folder: a JSON list of the modules that the last review's programs used."""

SDK = "pulumi_"
"""What the name of an SDK's module begins with."""


def import_named(folders: Iterable[str]) -> None:
    """Import the SDKs' modules that the programs in these folders name; most are not loaded until they are used."""
    for name in sorted({name for folder in folders for name in _imports(Path(folder))}):
        with contextlib.suppress(Exception):  # one may not be installed: the evaluation reports that
            importlib.import_module(name)


def load(names: Iterable[str]) -> None:
    """Import modules of the SDKs as a program does that uses them."""
    for name in sorted(names):
        with contextlib.suppress(Exception):
            getattr(importlib.import_module(name), "__all__", None)


def loaded() -> list[str]:
    """The SDKs' modules that this process has used; the others are of a class of their own until they are."""
    return sorted(name for name, module in sys.modules.items() if name.startswith(SDK) and type(module) is ModuleType)


def remembered(state: Path) -> list[str]:
    """The packages that the programs of the last review used; none where none is known."""
    try:
        names = json.loads((state / REMEMBERED).read_bytes())
    except (OSError, ValueError):
        return []
    return [name for name in names if isinstance(name, str) and name.startswith(SDK)] if isinstance(names, list) else []


def remember(names: Iterable[str], state: Path) -> None:
    """Keep which packages of the SDKs were used (``pulumi_aws.s3``); a state folder that cannot be written is left."""
    packages = sorted({name for name in names if name.count(".") <= 1})
    with contextlib.suppress(OSError):
        file = state / REMEMBERED
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = file.with_name(f"{file.name}.{os.getpid()}")
        draft.write_text(json.dumps(packages), encoding="utf-8")
        draft.replace(file)


def _imports(root: Path) -> Iterator[str]:
    """The modules of Pulumi's SDKs (and of pydantic) that a program names, as ``aws.s3`` in ``aws.s3.Bucket``."""
    files = [root / "__main__.py"]
    for package in ("components", "stacks"):
        files += (root / package).rglob("*.py")
    for file in files:
        with contextlib.suppress(OSError, SyntaxError, ValueError):
            names = list(_names(ast.parse(file.read_bytes())))
            yield from (name for name in names if name.split(".")[0].startswith(("pulumi", "pydantic")))


def _names(source: ast.Module) -> Iterator[str]:
    """What a file imports, and each attribute of an imported module, which may be a module too."""
    nodes = list(ast.walk(source))
    modules = {
        alias.asname or alias.name: alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names
    }
    yield from modules.values()
    for node in nodes:
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in modules:
            yield f"{modules[node.value.id]}.{node.attr}"
