"""Which PostgreSQL this machine has: the newest of Debian's packages, or the one on the PATH."""

import re
import shutil
import subprocess
from functools import cache
from pathlib import Path

DEBIAN = Path("/usr/lib/postgresql")
"""Debian keeps a folder for each major version: https://wiki.debian.org/PostgreSql."""
NEEDED = ("initdb", "postgres", "psql")
REMEDY = "install one, as `apt-get install postgresql` (macOS: `brew install postgresql@17`), and run the command again"


class NoPostgresError(Exception):
    """This machine has no PostgreSQL; says how to get one."""


@cache
def folder() -> Path | None:
    """The folder of PostgreSQL's programs; None where this machine has none that is whole."""
    versions = [path for path in DEBIAN.glob("*/bin") if path.parent.name.isdecimal()]
    on_path = shutil.which("initdb")
    candidates = sorted(versions, key=lambda path: int(path.parent.name), reverse=True)
    candidates += [Path(on_path).resolve().parent] if on_path else []
    return next((path for path in candidates if all((path / name).exists() for name in NEEDED)), None)


def program(name: str) -> Path:
    """One of :data:`NEEDED`. Raises :class:`NoPostgresError`."""
    place = folder()
    if place is None:
        raise NoPostgresError(f"`database: postgres` needs a PostgreSQL on this machine, found none: {REMEDY}")
    return place / name


@cache
def version() -> str:
    """As ``15.14``. Raises :class:`NoPostgresError`."""
    shown = subprocess.run([program("postgres"), "--version"], capture_output=True, text=True, check=True).stdout
    match = re.search(r"\d+(\.\d+)*", shown)
    return match[0] if match else shown.strip()
