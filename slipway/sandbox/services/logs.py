"""The files that services and apps write their output to."""

import shutil
from pathlib import Path

from slipway.sandbox.services import registry

MOST = 10 << 20
"""Bytes of a log; what is longer becomes the earlier part, of which there is one."""


def of(state_folder: Path, name: str) -> Path:
    """The file that a service writes its output to."""
    return registry.folder(state_folder) / "logs" / f"{name}.log"


def tail(path: Path, lines: int = 15) -> str:
    """The last lines of a log, indented; a note where there are none."""
    text = path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""
    return "\n".join(f"    {line}" for line in text.splitlines()[-lines:]) or "    (its log is empty)"


def rotate(folder: Path, most: int = MOST) -> list[Path]:
    """Set aside the logs below a folder that have grown too long, as ``NAME.log.1``; those that were.

    They are copied and emptied, as their writers keep them open: what is written between the two is lost.
    """
    long = [path for path in sorted(folder.glob("**/*.log")) if path.stat().st_size > most]
    for path in long:
        shutil.copyfile(path, path.with_name(f"{path.name}.1"))
        path.with_name(f"{path.name}.1").chmod(0o600)
        with path.open("r+b") as file:
            file.truncate(0)
    return long
