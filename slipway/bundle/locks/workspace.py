"""A workspace of uv's: folders of one project, whose ``uv.lock`` lies in the folder above them and holds for all.

Source: "Using workspaces", uv's documentation.
"""

import posixpath
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from slipway.bundle.errors import BundleError

UV_LOCK = "uv.lock"
PREFIX = "workspace:"
"""Begins a dependency on another member: ``workspace:NAME``."""
HIGHEST = 8
"""Folders above an app that are looked at."""


@dataclass(frozen=True, kw_only=True)
class Workspace:
    """The workspace that an app belongs to."""

    root: Path
    member: str
    """The app's folder, relative to ``root``; ``.`` for the root itself."""
    members: Mapping[str, str]
    """Package -> its folder, relative to ``root``."""

    @property
    def lock(self) -> Path:
        """The lock of all members."""
        return self.root / UV_LOCK

    @property
    def shown(self) -> str:
        """The lock's path as the app's folder sees it."""
        return posixpath.relpath(UV_LOCK, self.member)

    def folder(self, name: str) -> str:
        """The folder of the member ``name``, relative to the app; "" where there is none."""
        place = self.members.get(name)
        return posixpath.relpath(place, self.member) if place else ""


def workspace_of(folder: Path) -> Workspace | None:
    """The workspace that has ``folder`` as a member or as its root; None where there is none."""
    folder = folder.resolve()
    for root in (folder, *folder.parents[:HIGHEST]):
        members = _members(root)
        if members is not None and folder in (root, *members.values()):
            names = {name: path.relative_to(root).as_posix() for name, path in members.items()}
            return Workspace(root=root, member=folder.relative_to(root).as_posix(), members=names)
        if (root / ".git").exists():
            return None
    return None


def folders_of(source: Path, folders: Sequence[str]) -> list[str]:
    """The folders that an app's dependencies lie in, relative to it; a member of its workspace is found by its name.

    Raises :class:`BundleError` for a member that there is not.
    """
    result: list[str] = []
    for folder in folders:
        name = folder.removeprefix(PREFIX)
        if name == folder:
            result.append(posixpath.normpath(folder))
            continue
        workspace = workspace_of(source)
        place = workspace.folder(name) if workspace else ""
        if not place:
            raise BundleError(
                f"{source / 'pyproject.toml'} takes {name} from a workspace, and no pyproject.toml above it names such "
                "a member (tool.uv.workspace)"
            )
        result.append(place)
    return result


def _members(root: Path) -> dict[str, Path] | None:
    """Package -> folder of the workspace at ``root``; None where that is none."""
    settings = _document(root).get("tool", {}).get("uv", {}).get("workspace")
    if not isinstance(settings, Mapping):
        return None
    left_out = set(_matching(root, settings.get("exclude", ())))
    folders = [path for path in _matching(root, settings.get("members", ())) if path not in left_out]
    names = {str(_document(path).get("project", {}).get("name", path.name)): path for path in folders}
    own = _document(root).get("project", {}).get("name")
    return names | ({str(own): root} if own else {})


def _matching(root: Path, patterns: object) -> Iterator[Path]:
    for pattern in patterns if isinstance(patterns, list) else ():
        if isinstance(pattern, str) and not pattern.startswith("/"):
            yield from (path.resolve() for path in sorted(root.glob(pattern)) if path.is_dir())


def _document(folder: Path) -> dict[str, Any]:
    try:
        return tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError):
        return {}
