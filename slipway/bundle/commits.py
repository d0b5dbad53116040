"""From which commit the files of an artifact are: what an image says of itself, the same in every clone.

The names of the labels: https://github.com/opencontainers/image-spec/blob/main/annotations.md.
"""

import re
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

PREFIX = "org.opencontainers.image."
MANY = 400
"""Files from which on the whole folder is asked for: a command line has an end."""
ADDRESS = re.compile(
    r"(?:(?:https?|ssh|git)://)?(?:[^@/\s]+@)?(?P<host>[\w-]+(?:\.[\w-]+)+)(?::\d+)?[/:](?P<path>[\w./~+-]+)"
)


@dataclass(frozen=True, kw_only=True)
class Commit:
    """The last commit that changed any of some files."""

    revision: str
    """Its hash; ``-dirty`` behind it where a file differs from it."""
    seconds: int
    """When it was made, since 1970."""
    source: str
    """Where the repository is: an address of https; "" where its origin is a folder or there is none."""


def commit_of(folder: Path, files: Iterable[str]) -> Commit | None:
    """The last commit that changed any of ``files``, paths below ``folder``; None where git knows none.

    Other files of the folder do not count: a change of a README makes no other image. A shallow clone may know less:
    there it is the oldest commit at hand.
    """
    paths = sorted({path for path in files if (folder / path).is_file()})
    paths = ["."] if len(paths) > MANY or not paths else paths
    answer = _git(folder, "log", "-1", "--format=%H %ct", "--", *paths).split()
    if len(answer) != 2:
        return None
    dirty = "-dirty" if _git(folder, "status", "--porcelain", "--", *paths).strip() else ""
    return Commit(
        revision=f"{answer[0]}{dirty}",
        seconds=int(answer[1]),
        source=address_of(_git(folder, "config", "--get", "remote.origin.url").strip()),
    )


def labels_of(title: str, version: str, commit: Commit | None) -> dict[str, str]:
    """An image's labels: what it is called, its version, and the commit with its time and its repository."""
    labels = {"title": title, "version": version}
    if commit:
        created = datetime.fromtimestamp(commit.seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        labels |= {"revision": commit.revision, "created": created}
        labels |= {"source": commit.source} if commit.source else {}
    return {f"{PREFIX}{name}": value for name, value in sorted(labels.items())}


def address_of(origin: str) -> str:
    """An origin as an address of https, without a user or a password; "" for a folder of a machine."""
    match = ADDRESS.fullmatch(origin)
    return f"https://{match['host']}/{match['path'].removesuffix('.git')}" if match else ""


def _git(folder: Path, *words: str) -> str:
    try:
        done = subprocess.run(
            ["git", "-C", str(folder), *words], capture_output=True, text=True, timeout=10, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout if done.returncode == 0 else ""
