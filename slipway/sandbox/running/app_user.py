"""The user that an app runs as where the sandbox runs as root: one of its own, who may enter the app's folder alone.

The sandbox's folders stay closed to all others. The app's user may pass through them (mode 0710, by its group) to the
folder of the app, which is its own, and to what the app reads. Folders above the sandbox that are closed to other users
(``/root``) are no obstacle where the system lets root give a process its own view of the files.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from slipway.sandbox.running import as_user, memory
from slipway.sandbox.services import registry

FIRST = 61184
"""The first of the user ids that no system gives to people: https://systemd.io/UIDS-GIDS/."""
COUNT = 4000
LINKS = 40
"""In a row that the kernel follows: https://man7.org/linux/man-pages/man7/path_resolution.7.html."""
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


@dataclass(frozen=True, kw_only=True)
class Limits:
    """How a platform holds its apps. As they stand here: not at all, beyond what the files' modes let them do."""

    read_only: bool = False
    """Whether /tmp and the folders that are handed to it apart from its code are all that an app may write."""
    temporary: int | Path | None = None
    """Its own /tmp: so many bytes of memory, or a folder; None for the machine's."""
    writable: tuple[Path, ...] = ()
    """Folders of this machine that an app may write to besides."""
    hidden: tuple[Path, ...] = ()
    """Folders of this machine that the platform does not have."""
    memory: int = 0
    """Bytes that all its processes may use together; 0 for as many as there are."""


NO_LIMITS = Limits()


def words_before(
    state_folder: Path,
    *,
    own: Sequence[Path],
    reads: Sequence[Path],
    user: int | None = None,
    limits: Limits = NO_LIMITS,
    group: Path | None = None,
) -> tuple[str, ...]:
    """What stands before a command that is to run as the apps' user within limits: nothing where neither is to be had.

    ``own`` are folders and files that become the user's, ``reads`` what it may read besides. Another ``user`` passes
    through the sandbox's folders as the apps' does, by its group. ``group`` is the control group of its memory.
    """
    apps, places = user_here(state_folder), [*own, *reads]
    blocked, means = bool(apps is not None and obstacle(state_folder, places)), _means()
    if blocked or (apps is None and not (limits.read_only and means)):
        return ()
    who = apps if user is None else user
    if apps is not None and who is not None:
        for place in places:
            _let_through(state_folder, place, apps)
        for place in own:
            give(place, who, apps)
    folder = limits.temporary if isinstance(limits.temporary, Path) else None
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        if who is not None and apps is not None:
            give(folder, who, apps)
    temporary = "" if limits.temporary is None or means != as_user.VIEW else str(limits.temporary)
    orders = as_user.Orders(
        user=os.geteuid() if who is None else who,
        group=os.getegid() if apps is None else apps,
        places=[str(place.absolute()) for place in [*places, *([folder] if folder else [])]],
        writable=[str(place.absolute()) for place in (*own, *limits.writable)] if limits.read_only and means else None,
        temporary=temporary,
        hidden=[str(place) for place in limits.hidden] if means == as_user.VIEW else [],
        memory=str(memory.processes_of(group)) if group else "",
        means=means or as_user.VIEW,
    )
    return (sys.executable, "-I", "-S", str(LAUNCHER), json.dumps(orders._asdict()), "--")


def lend(state_folder: Path, place: Path) -> None:
    """Let the apps' user read a folder with all in it, which stays the sandbox's own."""
    if (apps := user_here(state_folder)) is None:
        return
    for path in (place, *place.rglob("*")):
        os.chown(path, -1, apps, follow_symlinks=False)
        if not path.is_symlink():
            mode = path.stat().st_mode
            path.chmod((mode | 0o040 | (0o010 if path.is_dir() or mode & 0o100 else 0)) & ~0o022)


def _means() -> str:
    """By what the files of an app can be held read-only: an empty text where by nothing but their modes."""
    if sys.platform != "linux":
        return ""
    return as_user.VIEW if held_by_views() else as_user.LANDLOCK if rules_work() else ""


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
    return _starts(as_user.VIEW, held=False)


@cache
def held_by_views() -> bool:
    """Whether a process of this user may have such a view, and files in it that are read-only."""
    return _starts(as_user.VIEW, held=True)


@cache
def rules_work() -> bool:
    """Whether this system's kernel has Landlock, and it is on."""
    return _starts(as_user.LANDLOCK, held=True)


def _starts(means: str, *, held: bool) -> bool:
    """Whether a program starts that is held so."""
    with tempfile.TemporaryDirectory(prefix="slipway-") as above:
        inside = Path(above) / "inside"
        inside.mkdir()
        inside.chmod(0o755)
        user, group = (FIRST, FIRST) if os.geteuid() == 0 else (os.geteuid(), os.getegid())
        writable = [str(inside)] if held else None
        orders = as_user.Orders(user, group, places=[str(inside)], writable=writable, means=means)
        # A closed folder is in the way where there is no view.
        look = ["/bin/ls", str(inside if means == as_user.VIEW else "/")]
        words = [sys.executable, "-I", "-S", str(LAUNCHER), json.dumps(orders._asdict()), "--", *look]
        return subprocess.run(words, capture_output=True, check=False).returncode == 0


def prefixes(python: Path) -> list[Path]:
    """Where a Python is installed, by each name that leads to it.

    A link of a virtual environment may lead to a folder that is a link itself, as uv installs them: in a view of its
    own a process needs the folder under either name.
    """
    names = [python.absolute()]
    while names[-1].is_symlink() and len(names) < LINKS:
        names.append(names[-1].parent / names[-1].readlink())
    return list(dict.fromkeys(name.parents[1] for name in (*names, Path(os.path.realpath(python)))))


def prefixes_of(installed: Path) -> list[Path]:
    """Where the Python behind an environment is installed."""
    return prefixes(installed / "bin" / "python")


def own_prefixes() -> list[Path]:
    """Where this process's Python is installed."""
    return list(dict.fromkeys([*prefixes(Path(_base())), *prefixes(Path(sys.executable))]))


def _base() -> str:
    return getattr(sys, "_base_executable", sys.executable)


def note(state_folder: Path) -> str:
    """What to tell a user who is root and whose apps therefore are root, too; "" for all others."""
    reason = obstacle(state_folder, [registry.folder(state_folder), Path(os.path.realpath(_base())).parents[1]])
    return f"the sandbox runs as root, and so do its apps, because {reason}: use an ordinary account" if reason else ""


def unenforced() -> list[str]:
    """Which of the platforms' limits this machine holds no app to, each with why; [] where it holds them to all."""
    missing = []
    if not _means():
        missing.append(
            "read-only files: this system gives a process no view of its own, and has no Landlock"
            if sys.platform == "linux"
            else f"read-only files: {sys.platform} has no means that the sandbox knows"
        )
    elif _means() == as_user.LANDLOCK:
        missing.append("a /tmp of an app's own: this system gives a process no view of its own")
    if why := memory.obstacle():
        missing.append(f"memory: {why}")
    return missing


def _let_through(state_folder: Path, place: Path, user: int) -> None:
    """Let the user pass the folders of the sandbox above a place; they show nothing of what is in them."""
    for folder in place.parents:
        if folder != state_folder and not folder.is_relative_to(state_folder):
            return
        if folder.stat().st_uid != user:
            os.chown(folder, -1, user)
            folder.chmod(0o710)
