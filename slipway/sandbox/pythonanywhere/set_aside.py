"""What apps have written themselves on PythonAnywhere, while its stand-in is stopped: PythonAnywhere never loses it."""

import os
import shutil
from collections.abc import Iterable
from pathlib import Path

from slipway.sandbox.pythonanywhere.world import folder

FOLDER = "data"
"""The folder of the state folder that has it meanwhile."""


def set_aside(state_folder: Path, patterns: Iterable[str]) -> None:
    """Move it out of the stand-in's folder; ``patterns`` are paths of the account's machine, which may have ``*``."""
    root = folder(state_folder) / "root"
    for pattern in patterns:
        for path in sorted(root.glob(pattern.lstrip("/"))):
            target = state_folder / FOLDER / "pythonanywhere" / path.relative_to(root)
            target.parent.mkdir(parents=True, exist_ok=True)
            if not target.exists():
                path.rename(target)


def put_back(state_folder: Path) -> None:
    """Move it to where it was; not over what is there."""
    aside, root = state_folder / FOLDER / "pythonanywhere", folder(state_folder) / "root"
    if not aside.is_dir():
        return
    root.mkdir(parents=True, exist_ok=True)
    for path in sorted(path for path in aside.rglob("*") if not path.is_dir()):
        target, owner = root / path.relative_to(aside), path.stat()
        for parent in reversed([one for one in target.parents if one.is_relative_to(root) and not one.exists()]):
            parent.mkdir()
            os.chown(parent, owner.st_uid, owner.st_gid)
        if not target.exists():
            path.rename(target)
    shutil.rmtree(aside.parent)
