"""Files and folders of the sandbox: made whole or not at all, and removed in one step.

A command can be killed between any two steps. So a folder is filled beside its place and then renamed into it, and is
renamed away before it is removed: under its own name there is never a half of it.
"""

import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

FILLED, REMOVED = ".filled-", ".removed-"
"""How the names begin of what is being filled, and of what is being removed."""
OLD = 3600.0
"""Seconds after which a folder that is still being filled was left by a command that ended."""


@contextmanager
def whole(place: Path) -> Iterator[Path]:
    """A new folder to fill, which takes the place of what is at ``place`` once the block has ended without an error."""
    draft = _beside(place, FILLED)
    draft.mkdir(mode=0o700, parents=True)
    try:
        yield draft
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise
    remove(place)
    draft.rename(place)


def remove(place: Path) -> None:
    """Remove a file or a folder with all in it; one that is not there counts as removed."""
    if not place.is_dir() or place.is_symlink():
        place.unlink(missing_ok=True)
        return
    away = _beside(place, REMOVED)
    place.rename(away)
    shutil.rmtree(away, ignore_errors=True)


def sweep(above: Path) -> None:
    """Remove what killed commands have left below a folder, as deep as the folders of apps lie in the sandbox's."""
    for depth in range(6):
        for place in above.glob("*/" * depth + f"{REMOVED}*"):
            shutil.rmtree(place, ignore_errors=True)
        for place in above.glob("*/" * depth + f"{FILLED}*"):
            if place.stat().st_mtime < time.time() - OLD:
                shutil.rmtree(place, ignore_errors=True)


def _beside(place: Path, prefix: str) -> Path:
    return place.with_name(f"{prefix}{secrets.token_hex(4)}-{place.name}")
