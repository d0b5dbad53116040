"""The user that an app runs as where the sandbox runs as root: one of its own, who may enter the app's folder alone.

The sandbox's folders stay closed to all others. The app's user may pass through them (mode 0710, by its group) to the
folder of the app, which is its own, and to what the app reads. Folders above the sandbox that are closed to other users
(``/root``) are no obstacle where the system lets root give a process its own view of the files.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from slipway.sandbox.running import as_user
from slipway.sandbox.services import registry

FIRST = 61184
"""The first of the user ids that no system gives to people: https://systemd.io/UIDS-GIDS/."""
COUNT = 4000
LAUNCHER = Path(as_user.__file__)


def user_of(state_folder: Path) -> int:
    """The id of the user, and of the group, that a sandbox's apps run as: another for each sandbox of a machine."""
    return FIRST + state_folder.stat().st_ino % COUNT


def is_app_user(user: int) -> bool:
    """Whether an id is one that sandboxes give to their apps."""
    return FIRST <= user < FIRST + COUNT


def user_here(state_folder: Path) -> int | None:
    """The id of the apps' user; None where the sandbox does not run as root, and apps are its user's."""
    return user_of(state_folder) if os.geteuid() == 0 else None


def words_before(
    state_folder: Path, *, own: Sequence[Path], reads: Sequence[Path], user: int | None = None
) -> tuple[str, ...]:
    """What stands before a command that is to run as the apps' user: nothing where it runs as the sandbox does.

    ``own`` are folders and files that become the user's, ``reads`` what it may read besides. Another ``user`` passes
    through the sandbox's folders as the apps' does, by its group.
    """
    group, places = user_here(state_folder), [*own, *reads]
    if group is None or obstacle(state_folder, places):
        return ()
    who = group if user is None else user
    for place in places:
        _let_through(state_folder, place, group)
    for place in own:
        give(place, who, group)
    return (sys.executable, "-I", "-S", str(LAUNCHER), f"{who}:{group}", *map(str, places), "--")


def give(place: Path, user: int, group: int | None = None) -> None:
    """Make a folder with all in it, or a file, the apps' user's own, or another's."""
    for path in (place, *place.rglob("*")):
        os.chown(path, user, user if group is None else group, follow_symlinks=False)


def obstacle(state_folder: Path, places: Sequence[Path]) -> str:
    """Why apps cannot run as a user of their own: "" where they can, or where the sandbox does not run as root."""
    if os.geteuid() != 0:
        return ""
    outside = [place for place in places if not place.is_relative_to(state_folder)]
    closed = as_user.closed_above(
        [state_folder / "sandbox", *outside], user_of(state_folder), user_of(state_folder), within=state_folder
    )
    if not closed or views_work():
        return ""
    folders = ", ".join(map(str, closed))
    return f"other users cannot pass {folders}, and this system gives no process a view of its own"


@cache
def views_work() -> bool:
    """Whether this system lets root give a process its own view of the files; in many containers it does not."""
    with tempfile.TemporaryDirectory(prefix="slipway-") as above:
        inside = Path(above) / "inside"
        inside.mkdir()
        inside.chmod(0o755)
        words = [
            sys.executable,
            "-I",
            "-S",
            str(LAUNCHER),
            f"{FIRST}:{FIRST}",
            str(inside),
            "--",
            "/bin/ls",
            str(inside),
        ]
        return subprocess.run(words, capture_output=True, check=False).returncode == 0


def prefix_of(installed: Path) -> Path:
    """Where the Python behind an environment is installed."""
    return (installed / "bin" / "python").resolve().parents[1]


def own_prefix() -> Path:
    """Where this process's Python is installed."""
    return Path(os.path.realpath(getattr(sys, "_base_executable", sys.executable))).parents[1]


def note(state_folder: Path) -> str:
    """What to tell a user who is root and whose apps therefore are root, too; "" for all others."""
    reason = obstacle(state_folder, [registry.folder(state_folder), own_prefix()])
    return f"the sandbox runs as root, and so do its apps, because {reason}: use an ordinary account" if reason else ""


def _let_through(state_folder: Path, place: Path, user: int) -> None:
    """Let the user pass the folders of the sandbox above a place; they show nothing of what is in them."""
    for folder in place.parents:
        if folder != state_folder and not folder.is_relative_to(state_folder):
            return
        if folder.stat().st_uid != user:
            os.chown(folder, -1, user)
            folder.chmod(0o710)
