"""The files of a folder that somebody has, as text: those that are packed, and those beside them that say something."""

import configparser
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

from slipway.bundle.texts import text_of
from slipway.bundle.tree import Tree
from slipway.recognise import compose
from slipway.recognise.examples import READERS as EXAMPLES
from slipway.recognise.module import Module
from slipway.recognise.notes import READERS
from slipway.recognise.sources import read_module

MOST_READ = 1_500
"""Python files that are read; more make no app clearer."""
MOST_BYTES = 1_000_000


@dataclass(frozen=True, kw_only=True)
class Folder:
    """A folder's files as text."""

    tree: Tree

    def read(self, name: str) -> str | None:
        """A file at any depth, also those that are never packed; None where there is none."""
        if name in self.tree.files:
            return text_of(self.tree.read(name), "replace")
        for path in (self.tree.root / name, *([self.above(name)] if name in compose.FILES else [])):
            if path is not None and name in BESIDE and path.is_file() and not path.is_symlink():
                return path.read_text(encoding="utf-8", errors="replace")
        return None

    def above(self, name: str) -> Path | None:
        """A compose file in the folder above that builds this one; None where there is none."""
        path = self.tree.root.parent / name
        if not path.is_file() or path.is_symlink():
            return None
        try:
            service = compose.app_service(path.read_text(encoding="utf-8", errors="replace"))
        except yaml.YAMLError:
            return None
        return path if service is not None and service.context == self.tree.root.name else None

    def in_image(self, path: str) -> str:
        """A file of the app by its path in the image, where its folder is called in another way; "" for none."""
        parts = [part for part in path.split("/") if part not in ("", ".")]
        for start in range(len(parts)):
            if (text := self.read("/".join(parts[start:]))) is not None:
                return text
        return ""


BESIDE = frozenset(READERS) | frozenset(EXAMPLES) | {".dockerignore", ".gitignore", ".gcloudignore", "Dockerfile"}


def modules_of(folder: Folder) -> Iterator[tuple[str, Module]]:
    """Those of Python that are read, the nearest to the top first, by their paths."""
    paths = [path for path, app in folder.tree.files.items() if path.endswith(".py") and app.stamp[0] < MOST_BYTES]
    for path in sorted(paths, key=lambda path: (path.count("/"), path))[:MOST_READ]:
        module = read_module(path, folder.read(path) or "")
        if not (path.endswith("env.py") and "alembic" in module.absolute):  # a migration's own, wherever that is
            yield path, module


def paste_settings(folder: Folder) -> dict[str, str]:
    """The settings of a Pyramid app in the ``.ini`` file that PasteDeploy reads, without those for developing."""
    for name in ("production.ini", "development.ini"):
        parser = configparser.ConfigParser(interpolation=None)
        try:
            parser.read_string(folder.read(name) or "")
        except configparser.Error:
            continue
        if parser.has_section("app:main"):
            return {
                key: value.replace("%(here)s", ".").strip()
                for key, value in parser["app:main"].items()
                if key != "use" and not key.startswith("debugtoolbar.") and "pyramid_debugtoolbar" not in value
                and not key.startswith(("pyramid.debug", "pyramid.reload"))
            }  # fmt: skip
    return {}


def script_of(command: str, folder: Folder) -> str:
    """The shell script that a command starts, as text; "" for none."""
    match = re.search(r"(?:^|[\s\"'])([\w./-]+\.sh)(?=[\s\"']|$)", command)
    return folder.in_image(match[1]) if match else ""
