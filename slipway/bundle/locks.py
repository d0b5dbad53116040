"""An app's lock: ``requirements.txt``, every package pinned and hashed, compiled from ``requirements.in``."""

import re
from pathlib import Path

from slipway.bundle.errors import BundleError
from slipway.bundle.plan import App
from slipway.bundle.requirement_lines import encoding_error, lines_of, option_error, pin_error, pinned_name
from slipway.bundle.tree import LeftOut
from slipway.bundle.uv import run_uv

WANTED = "requirements.in"
LOCK = "requirements.txt"

_PINNED = re.compile(r"^([A-Za-z0-9][A-Za-z0-9._-]*)(?:\[[^]]*\])?==", re.MULTILINE)

NOT_DEPLOYED = (LeftOut(WANTED, "compiled to requirements.txt"),)


def lock_of(app: App) -> bytes:
    """The app's ``requirements.txt``; empty where the app has no dependencies.

    Raises :class:`BundleError` where there is a ``requirements.in`` without its lock, where the lock lacks one of its
    packages, where a line of the lock is not a package pinned with hashes, and for an option in either file.
    """
    requested = _requested_names(app.text(WANTED), app.tree.root / WANTED) if WANTED in app else {}
    if LOCK not in app:
        if requested:
            raise BundleError(f"{app.tree.root} has a {WANTED} but no {LOCK}: run `slipway lock {app.name}`")
        return b""
    text = app.text(LOCK)
    pinned = {normal(name) for name in _PINNED.findall(text)}
    missing = [given for name, given in requested.items() if name not in pinned]
    if missing:
        raise BundleError(
            f"{app.tree.root / LOCK} lacks {', '.join(missing)}, which {WANTED} asks for: run `slipway lock {app.name}`"
        )
    _check_pins(text, app.tree.root / LOCK, app.name)
    return app.read(LOCK)


def lock(source: Path, *, python: str = "3.11", upgrade: bool = False) -> Path:
    """Compile ``requirements.in`` of an app's folder to ``requirements.txt`` and return the latter.

    The lock holds for every platform and for ``python`` or later; it names no registry and no folder. What it pins
    already stays as it is unless ``upgrade``. Raises :class:`BundleError` where the requirements do not resolve.
    """
    wanted = source / WANTED
    if not wanted.is_file():
        raise BundleError(f"there is no {wanted}: list in it what the app depends on, a package a line")
    _requested_names(wanted.read_text(encoding="utf-8"), wanted)
    import tempfile

    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        (folder / WANTED).write_bytes(wanted.read_bytes())
        if (source / LOCK).is_file():
            (folder / LOCK).write_bytes((source / LOCK).read_bytes())
        options = ["--universal", "--python-version", python, "--generate-hashes", "--no-header", "--quiet"]
        silent = ["--no-emit-index-url", "--no-emit-find-links"]
        run_uv(
            ["pip", "compile", WANTED, "--output-file", LOCK, *options, *silent, *(["--upgrade"] if upgrade else [])],
            folder=folder,
            doing=f"{wanted} does not resolve for Python {python} and later",
        )
        result = (folder / LOCK).read_bytes()
    if not (source / LOCK).is_file() or (source / LOCK).read_bytes() != result:
        (source / LOCK).write_bytes(result)
    return source / LOCK


def normal(name: str) -> str:
    """A package's name as indexes compare it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def names_in(lock: bytes) -> set[str]:
    """The packages of a lock, by their normal names."""
    return {normal(name) for name in _PINNED.findall(lock.decode())}


def _requested_names(text: str, path: Path) -> dict[str, str]:
    """Normal name -> name as written, of what ``requirements.in`` lists. Raises for an option, as an index."""
    names: dict[str, str] = {}
    for line in lines_of(text):
        if wrong := option_error(line.text):
            raise BundleError(f"{path}, line {line.number}: {line.text[:80]!r} {wrong}. Take it out")
        if name := pinned_name(line):
            names[normal(name)] = name
    return names


def _check_pins(text: str, path: Path, app: str) -> None:
    if wrong := encoding_error(text):
        raise BundleError(f"{path} {wrong}. Run `slipway lock {app}`")
    for line in lines_of(text):
        if wrong := pin_error(line):
            raise BundleError(
                f"{path}, line {line.number}: {line.text[:80]!r} {wrong}; each line is a package pinned with == and "
                f"--hash. Run `slipway lock {app}`"
            )
