"""Beam's programs in Go, built from its module and kept where they are asked for."""

import fcntl
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from slipway.errors import UserError

MODULE = "github.com/apache/beam/sdks/v2"
"""Its versions are those of Beam, behind a `v`."""
USUAL = Path("/usr/local/go/bin/go")
"""Where Go lies that was unpacked as https://go.dev/doc/install says, and is not on the path."""


def go() -> str | None:
    """The command ``go``; None where there is none."""
    return shutil.which("go") or (str(USUAL) if USUAL.exists() else None)


def built(package: str, version: str, place: Path) -> Path:
    """``place``, with the program of a ``package`` of Beam's module there; Go builds it the first time.

    Raises :class:`UserError` where there is no Go, and with its words where it cannot build.
    """
    place.parent.mkdir(parents=True, exist_ok=True)
    # Another command that builds it is waited for.
    with place.with_name(f".{place.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if place.exists():
            return place
        if (command := go()) is None:
            raise UserError(f"there is no Go to build {package} of Beam {version} with (https://go.dev/doc/install)")
        with tempfile.TemporaryDirectory(dir=place.parent) as work:
            environment = {**os.environ, "GOBIN": work, "CGO_ENABLED": "0", "GOFLAGS": "-mod=mod"}
            words = [command, "install", f"{MODULE}/{package}@v{version}"]
            done = subprocess.run(words, env=environment, cwd=work, capture_output=True, text=True, check=False)
            if done.returncode:
                raise UserError(f"Go could not build {package} of Beam {version}: {done.stderr.strip()[-600:]}")
            (Path(work) / package.rpartition("/")[2]).replace(place)
    return place
