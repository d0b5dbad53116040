"""Apache Beam's environment beside the program's own, made when somebody first asks for a pipeline.

``python -m slipway.sandbox.dataflow.beam`` makes it (`make beam`), and so does ``slipway up`` for a pipeline.
"""

import fcntl
import hashlib
import subprocess
import sys
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from slipway.errors import UserError

LIST = "requirements-beam.txt"


def folder() -> Path:
    """Where it lies: in the environment that runs this."""
    return Path(sys.prefix) / "beam"


def python() -> Path | None:
    """Its interpreter; None where the environment is not there, or its installation did not come to its end."""
    interpreter = folder() / "bin" / "python"
    return interpreter if _stamp().exists() and interpreter.exists() else None


def make(root: Path, say: Callable[[str], None] = lambda line: print(line, file=sys.stderr, flush=True)) -> Path:
    """The interpreter of an environment that holds what ``root``'s list pins; made where it does not yet.

    Raises :class:`UserError` with the installer's words where it cannot be made.
    """
    listed = root / LIST
    digest = hashlib.sha256(listed.read_bytes()).hexdigest()
    with _alone():
        interpreter = python()
        if interpreter is None or _stamp().read_text().strip() != digest:
            say(f"setting up: Apache Beam in {_shown(root)} (some hundred MB, once)")
            _stamp().unlink(missing_ok=True)
            _uv("venv", "--allow-existing", "--python", sys.executable, str(folder()))
            _uv("pip", "install", "--python", str(folder() / "bin/python"), "--require-hashes", "-r", str(listed))
        # Written anew even where nothing was to be done: `make` compares dates.
        _stamp().write_text(f"{digest}\n")
    return folder() / "bin" / "python"


def needed(apps: object, present: Collection[str]) -> bool:
    """Whether an ``up`` of a stack with these ``apps`` runs a pipeline: any but the optional ones not ``present``."""
    return isinstance(apps, Mapping) and any(
        isinstance(app, Mapping) and app.get("platform") == "dataflow" and (name in present or not app.get("optional"))
        for name, app in apps.items()
    )


def _stamp() -> Path:
    return folder() / ".stamp"


def _shown(root: Path) -> str:
    return str(folder().relative_to(root)) if folder().is_relative_to(root) else str(folder())


@contextmanager
def _alone() -> Iterator[None]:
    """Another command that makes it is waited for. The lock is beside the folder: the one inside is uv's own."""
    folder().parent.mkdir(parents=True, exist_ok=True)
    with folder().with_name(".beam.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _uv(*words: str) -> None:
    from uv import find_uv_bin

    done = subprocess.run([find_uv_bin(), "--quiet", *words], capture_output=True, text=True, check=False)
    if done.returncode:
        message = done.stderr.strip() or f"uv {words[0]} ended with status {done.returncode}"
        raise UserError(f"Apache Beam could not be set up: {message}")


if __name__ == "__main__":
    try:
        make(Path.cwd())
    except UserError as mistake:
        sys.exit(f"error: {mistake}")
