"""The user that an app runs as where the sandbox runs as root: one of its own, who may enter the app's folder alone.

The sandbox's folders stay closed to all others. The app's user may pass through them (mode 0710, by its group) to the
folder of the app, which is its own, and to the environment of its requirements, which it may read.
"""

import os
import stat
from collections.abc import Iterable
from pathlib import Path

from slipway.sandbox.services import registry

FIRST = 61184
"""The first of the user ids that no system gives to people: https://systemd.io/UIDS-GIDS/."""
COUNT = 4000


def user_of(state_folder: Path) -> int:
    """The id of the user, and of the group, that a sandbox's apps run as: another for each sandbox of a machine."""
    return FIRST + state_folder.stat().st_ino % COUNT


def obstacle(state_folder: Path, paths: Iterable[Path]) -> str:
    """Why apps cannot run as a user of their own: "" where they can, or where the sandbox does not run as root."""
    if os.geteuid() != 0:
        return ""
    for path in paths:
        for folder in (path, *path.parents):
            if folder == state_folder or folder.is_relative_to(state_folder):
                continue
            if folder.exists() and not folder.stat().st_mode & stat.S_IXOTH:
                return f"{folder} is closed to other users"
    return ""


def user_for(state_folder: Path, source: Path, installed: Path) -> int | None:
    """Give an app's files to the user that it is to run as; None where it runs as the sandbox does."""
    if os.geteuid() != 0 or obstacle(state_folder, [source, installed, interpreter(installed)]):
        return None
    user = user_of(state_folder)
    for folder in {*_between(state_folder, source.parent), *_between(state_folder, installed.parent)}:
        os.chown(folder, 0, user)
        folder.chmod(0o710)
    for path in (source, *source.rglob("*")):
        os.chown(path, user, user, follow_symlinks=False)
    return user


def interpreter(installed: Path) -> Path:
    """The Python behind an environment."""
    return (installed / "bin" / "python").resolve()


def _between(state_folder: Path, folder: Path) -> list[Path]:
    """A folder of the sandbox and those above it, up to the sandbox's own."""
    return [place for place in (folder, *folder.parents) if place == state_folder or place.is_relative_to(state_folder)]


def note(state_folder: Path) -> str:
    """What to tell a user who is root and whose apps therefore are root, too; "" for all others."""
    python = Path(os.path.realpath("/proc/self/exe")) if Path("/proc/self/exe").exists() else Path("/")
    reason = obstacle(state_folder, [registry.folder(state_folder), python])
    return f"the sandbox runs as root, and so do its apps, because {reason}: use an ordinary account" if reason else ""
