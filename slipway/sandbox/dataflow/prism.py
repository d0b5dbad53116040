"""Prism, the runner of Beam that streams on one machine: built once for each version of Beam.

It runs what the sandbox's own runner cannot: TestStream, late elements, triggers that fire early, input without an end.
https://beam.apache.org/documentation/runners/prism/

``python -m slipway.sandbox.dataflow.prism`` builds it (`make prism`) and prints where it lies.
"""

import shutil
import subprocess
import sys
from pathlib import Path

from slipway.bundle.pipeline_image import beam_version
from slipway.bundle.user_cache import user_cache
from slipway.errors import UserError
from slipway.sandbox.dataflow import go_programs
from slipway.sandbox.dataflow.beam import LIST

PACKAGE = "go/cmd/prism"


def make(root: Path) -> Path:
    """Prism of the Beam that ``root``'s list pins: the one that was built, one that Go builds now, the one on the path.

    Raises :class:`UserError` where it cannot be had.
    """
    version = beam_version((root / LIST).read_bytes())
    on_path = _on_path()
    if on_path is not None and go_programs.go() is None and not place(version).exists():
        return on_path
    return go_programs.built(PACKAGE, version, place(version))


def place(version: str) -> Path:
    """Where the user keeps Prism of a version."""
    return user_cache() / f"prism-{version}"


def _on_path() -> Path | None:
    """``prism`` of the path where it is Beam's: other programs have that name too."""
    command = shutil.which("prism")
    if command is None:
        return None
    usage = subprocess.run([command, "-help"], capture_output=True, text=True, check=False)
    return Path(command) if "idle_shutdown_timeout" in usage.stdout + usage.stderr else None


if __name__ == "__main__":
    try:
        print(make(Path.cwd()))
    except UserError as mistake:
        sys.exit(f"error: {mistake}")
