"""A revision's own modules: imported from its folder alone, and once for all of its stacks where that changes nothing.

A module that asks Pulumi something while it is imported (a setting, the stack's name, a resource) may come to another
answer in each stack: then none of the revision's modules is imported before the stack's own process is there.
"""

import ast
import contextlib
import importlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import slipway

BUNDLE = "slipway.bundle"
"""What a revision has of its own, though the tool has it too."""


def enter(folder: Path) -> None:
    """Import from the revision alone: what is loaded of the tool stays, everything else of the project is its own."""
    own = str(Path(slipway.__file__).resolve().parent.parent)
    sys.path[:] = [str(folder), *(entry for entry in sys.path if entry and str(Path(entry).resolve()) != own)]
    slipway.__path__ = [str(folder / "slipway")]
    # The tool's handlers have what they need of it; the program is to import the revision's.
    for name in [name for name in sys.modules if name == BUNDLE or name.startswith(f"{BUNDLE}.")]:
        del sys.modules[name]
    if hasattr(slipway, "bundle"):
        delattr(slipway, "bundle")
    os.chdir(folder)


def import_own(folder: Path) -> None:
    """Import the revision's modules that its main file imports; forget all of them where one asked Pulumi or failed."""
    before = set(sys.modules)
    with _closed_to_questions() as questions:
        try:
            for name in _own_imports(folder):
                importlib.import_module(name)
        except BaseException:
            questions.append("failed")
    if questions:
        for name in set(sys.modules) - before:
            if (getattr(sys.modules[name], "__file__", None) or "").startswith(f"{folder}{os.sep}"):
                del sys.modules[name]


def _own_imports(folder: Path) -> list[str]:
    """The modules of the revision that its main file imports, in the order in which they stand there."""
    try:
        nodes = list(ast.walk(ast.parse((folder / "__main__.py").read_bytes())))
    except (OSError, SyntaxError, ValueError):
        return []
    names = [alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names]
    names += [node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.module and not node.level]
    return [name for name in names if _is_of(folder, name.partition(".")[0])]


def _is_of(folder: Path, package: str) -> bool:
    return (folder / package).is_dir() or (folder / f"{package}.py").is_file()


class AskedPulumi(BaseException):
    """A module asked Pulumi something while it was imported; no handler of ordinary errors is to catch it."""


class _Closed:
    """Stands before one of the SDK's own objects: refuses while modules are imported, and passes on afterwards."""

    def __init__(self, behind: Any, questions: list[str]) -> None:  # noqa: ANN401
        self.__dict__.update(behind=behind, questions=questions, closed=True)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401
        if self.closed:
            self.questions.append(name)
            raise AskedPulumi(name)
        return getattr(self.behind, name)

    def __setattr__(self, name: str, value: Any) -> None:  # noqa: ANN401
        if self.closed:
            self.questions.append(name)
            raise AskedPulumi(name)
        setattr(self.behind, name, value)


@contextlib.contextmanager
def _closed_to_questions() -> Iterator[list[str]]:
    """The SDK's settings and configuration refuse every question; yields the names of what was asked."""
    from pulumi.runtime import config, settings

    questions: list[str] = []
    doors = [(settings, "SETTINGS"), (config, "CONFIG"), (config, "_SECRET_KEYS")]
    closed = [(module, name, _Closed(getattr(module, name), questions)) for module, name in doors]
    for module, name, door in closed:
        setattr(module, name, door)
    try:
        yield questions
    finally:
        for module, name, door in closed:
            setattr(module, name, door.behind)
            door.__dict__["closed"] = False
