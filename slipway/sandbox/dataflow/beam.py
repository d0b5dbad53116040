"""Apache Beam's environments beside the program's own, made when somebody first asks for a pipeline.

A pipeline runs on what its own lock pins, Beam's version included. Those whose pins are among this project's list share
one environment; every other lock has its own, named by the lock's digest.

``python -m slipway.sandbox.dataflow.beam`` makes the shared one (`make beam`), ``slipway up`` what its pipelines
need.
"""

import fcntl
import hashlib
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from importlib.metadata import distributions
from pathlib import Path

from packaging.requirements import Requirement

from slipway.bundle.kinds.beam_package import requirements_in
from slipway.bundle.uv import cache_of, visible
from slipway.errors import UserError

LIST = "requirements-beam.txt"


def folder(lock: bytes | None = None) -> Path:
    """Where the shared environment lies, or the one of a lock: in the environment that runs this."""
    return Path(sys.prefix) / ("beam" if lock is None else f"beam-{hashlib.sha256(lock).hexdigest()[:12]}")


def python(lock: bytes | None = None) -> Path | None:
    """An environment's interpreter; None where it is not there, or its installation did not come to its end."""
    interpreter = folder(lock) / "bin" / "python"
    return interpreter if _stamp(folder(lock)).exists() and interpreter.exists() else None


def python_for(lock: bytes) -> Path | None:
    """The interpreter that a package with this lock runs on; None where there is none yet."""
    shared = python()
    if shared is not None and not missing(lock, shared):
        return shared
    return python(lock)


def missing(lock: bytes, interpreter: Path) -> list[str]:
    """What a lock pins and an environment has not, or in another version."""
    installed = {
        _normal(each.metadata["Name"]): each.version
        for each in distributions(path=[str(path) for path in interpreter.parents[1].glob("lib/python*/site-packages")])
    }
    return _not_among(lock, installed)


def make(root: Path, say: Callable[[str], None] = lambda line: print(line, file=sys.stderr, flush=True)) -> Path:
    """The interpreter of an environment that holds what ``root``'s list pins; made where it does not yet.

    Raises :class:`UserError` with the installer's words where it cannot be made.
    """
    return _made(folder(), (root / LIST).read_bytes(), f"Apache Beam in {_shown(folder(), root)}", say)


def make_for(
    root: Path,
    name: str,
    lock: bytes,
    say: Callable[[str], None] = lambda line: print(line, file=sys.stderr, flush=True),
) -> Path:
    """The interpreter for a pipeline's lock, made where there is none: the shared one where that has all of it.

    Raises :class:`UserError` with the installer's words where it cannot be made.
    """
    listed = root / LIST
    if listed.is_file() and not _not_among(lock, _pins(listed.read_bytes())):
        return make(root, say)
    if (interpreter := python_for(lock)) is not None:
        return interpreter
    return _made(folder(lock), lock, f"the packages of {name} in {_shown(folder(lock), root)}", say)


def sources(apps: object, present: Collection[str]) -> dict[str, str]:
    """The pipelines that an ``up`` of a stack with these ``apps`` runs, with their folders.

    Every one but the optional ones that are not ``present``.
    """
    if not isinstance(apps, Mapping):
        return {}
    return {
        str(name): str(app.get("source", ""))
        for name, app in apps.items()
        if isinstance(app, Mapping)
        and app.get("platform") == "dataflow"
        and (name in present or not app.get("optional"))
    }


def _made(place: Path, lock: bytes, what: str, say: Callable[[str], None]) -> Path:
    digest = hashlib.sha256(lock).hexdigest()
    interpreter = place / "bin" / "python"
    with _alone():
        if not interpreter.exists() or not _stamp(place).exists() or _stamp(place).read_text().strip() != digest:
            say(f"setting up: {what} (some hundred MB, once)")
            _stamp(place).unlink(missing_ok=True)
            run_uv("venv", "--allow-existing", "--python", sys.executable, str(place))
            with tempfile.NamedTemporaryFile(suffix=".txt") as file:
                file.write(lock)
                file.flush()
                hashes = ["--require-hashes"] if b"--hash=" in lock else []
                run_uv("pip", "install", "--python", str(interpreter), *hashes, "-r", file.name)
        # Written anew even where nothing was to be done: `make` compares dates.
        _stamp(place).write_text(f"{digest}\n")
    return interpreter


def _not_among(lock: bytes, versions: Mapping[str, str]) -> list[str]:
    wrong = []
    for requirement in map(Requirement, requirements_in(lock)):
        if requirement.marker and not requirement.marker.evaluate():
            continue
        installed = versions.get(_normal(requirement.name))
        if installed is None or not requirement.specifier.contains(installed, prereleases=True):
            wrong.append(f"{requirement.name}{requirement.specifier} (it has {installed or 'none'})")
    return wrong


def _pins(lock: bytes) -> dict[str, str]:
    return {
        _normal(requirement.name): next(iter(requirement.specifier)).version
        for requirement in map(Requirement, requirements_in(lock))
    }


def _normal(name: str) -> str:
    """https://packaging.python.org/en/latest/specifications/name-normalization/."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _stamp(place: Path) -> Path:
    return place / ".stamp"


def _shown(place: Path, root: Path) -> str:
    return str(place.relative_to(root)) if place.is_relative_to(root) else str(place)


@contextmanager
def _alone() -> Iterator[None]:
    """Another command that makes it is waited for. The lock is beside the folder: the one inside is uv's own."""
    folder().parent.mkdir(parents=True, exist_ok=True)
    with folder().with_name(".beam.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def run_uv(*words: str) -> None:
    """Let ``uv`` do it. Raises :class:`UserError` with its words where it fails."""
    from uv import find_uv_bin

    command = [find_uv_bin(), "--quiet", *words]
    variables = visible(os.environ)
    done = subprocess.run(
        command, env={**variables, **cache_of(variables)}, capture_output=True, text=True, check=False
    )
    if done.returncode:
        message = done.stderr.strip() or f"uv {words[0]} ended with status {done.returncode}"
        raise UserError(f"Apache Beam could not be set up: {message}")


if __name__ == "__main__":
    try:
        make(Path.cwd())
    except UserError as mistake:
        sys.exit(f"error: {mistake}")
