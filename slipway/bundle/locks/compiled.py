"""Locks what an app depends on: ``requirements.in`` to ``requirements.txt``, all else to ``pylock.toml``.

The lock holds for every platform, so that the sandbox and a cloud take the same versions; its versions are those that
the platform has wheels of, where one is named.
"""

import re
import tempfile
import tomllib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from slipway.bundle.errors import BundleError
from slipway.bundle.locks.chosen import LOCK, PYLOCK, WANTED
from slipway.bundle.locks.pins import normal
from slipway.bundle.locks.wanted import Wanted, wanted_of, wanted_of_package
from slipway.bundle.locks.workspace import folders_of
from slipway.bundle.older_tools import run_uv_building
from slipway.bundle.platforms import Platform
from slipway.bundle.texts import text_of

NAME_OF = re.compile(r"[^A-Za-z0-9._-]")
"""What ends the name of a requirement."""
SILENT = ("--no-header", "--quiet", "--no-emit-index-url", "--no-emit-find-links")


def lock(
    source: Path,
    *,
    python: str = "3.11",
    upgrade: bool = False,
    platform: Platform | None = None,
    before: str = "",
    instead: Mapping[str, str] | None = None,
) -> Path:
    """Lock the dependencies of an app's folder and return the lock.

    It holds for every platform and for ``python`` or later; it names no folder of this machine. What it pins already
    stays as it is unless ``upgrade``. With ``platform`` only versions are taken that have a wheel for it, where there
    are any; with ``before`` (``YYYY-MM-DD``) only those that were published until that day. ``instead`` has packages
    and the requirements that count instead of the app's or beside them; a ``pylock.toml`` remembers them. Raises
    :class:`BundleError` where nothing is to be locked and where the requirements do not resolve.
    """
    dependencies = wanted_of(reading(source), where=str(source))
    if not dependencies.origin:
        raise BundleError(f"there is no {source / WANTED}: list in it what the app depends on, a package a line")
    if dependencies.elsewhere:
        raise BundleError(
            f"{source / dependencies.origin} takes {', '.join(dependencies.elsewhere)}, and packages come from this "
            "machine's index alone, where one of the same name may be another's: set UV_DEFAULT_INDEX to an index that "
            "has it, and take its source out of the file"
        )
    target = LOCK if dependencies.origin == WANTED else PYLOCK
    instead = {**taken_instead(source / target), **(instead or {})}
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        _prepare(folder, dependencies, source, target, instead)
        _with_pkg_resources(folder, dependencies)
        path_shown = source / dependencies.origin
        until = ["--exclude-newer", before] if before else []
        if platform is not None:
            _prefer_wheels(folder, path_shown, platform, [*until, *(["--upgrade"] if upgrade else [])])
        first = _first_python(dependencies, python, platform)
        how = ["--python-version", first, *until, *(["--upgrade"] if upgrade else [])]
        form = ["--generate-hashes"] if target == LOCK else ["--format", "pylock.toml"]
        only = ""
        try:
            _compile(
                folder,
                target,
                ["--universal", *how, *form],
                f"{path_shown} does not resolve for Python {first} and later",
            )
        except BundleError:
            if platform is None or target == LOCK:
                raise
            # Pins that later Pythons have no wheels of: the lock is for this platform alone.
            only = platform.python
            alone = ["--python-version", only, "--python-platform", platform.tag, *until, *form]
            _compile(folder, target, alone, f"{path_shown} does not resolve for {platform}")
        result = (folder / target).read_bytes()
    if target == PYLOCK:
        result += f'\n[tool.slipway]\ninputs = "{dependencies.digest}"\n'.encode()
        result += f'python = "{only}"\n'.encode() if only else b""
        if instead:
            pairs = (f'{name} = "{instead[name]}"' for name in sorted(instead))
            result += f"instead = {{ {', '.join(pairs)} }}\n".encode()
    if not (source / target).is_file() or (source / target).read_bytes() != result:
        (source / target).write_bytes(result)
    return source / target


def _first_python(dependencies: Wanted, python: str, platform: Platform | None) -> str:
    """The Python from which on a lock holds: ``python``, unless the app or its platform is for later ones alone."""
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    try:
        fits = not dependencies.python or SpecifierSet(dependencies.python).contains(f"{python}.99")
    except InvalidSpecifier:
        fits = True
    return python if fits or platform is None else platform.python


def reading(source: Path) -> Callable[[str], str | None]:
    """What reads the files of a folder that is no artifact yet."""

    def read(name: str) -> str | None:
        path = source / name
        try:
            return text_of(path.read_bytes()) if path.is_file() else None
        except UnicodeDecodeError:
            raise BundleError(f"{path} is not UTF-8 text") from None

    return read


def taken_instead(path: Path) -> dict[str, str]:
    """The requirements that an earlier lock took instead of the app's."""
    if path.name != PYLOCK or not path.is_file():
        return {}
    document = tomllib.loads(path.read_text(encoding="utf-8"))
    return dict(document.get("tool", {}).get("slipway", {}).get("instead", {}))


def _prepare(folder: Path, dependencies: Wanted, source: Path, target: str, instead: Mapping[str, str]) -> None:
    lines = [*dependencies.lines, *_of_folders(source, dependencies.folders)]
    names = [normal(NAME_OF.split(line.strip(), maxsplit=1)[0]) for line in lines]
    lines = [instead.get(name, line) for name, line in zip(names, lines, strict=True)]
    lines += [requirement for name, requirement in instead.items() if name not in names]
    (folder / WANTED).write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    (folder / "constraints.txt").write_text("".join(f"{line}\n" for line in dependencies.constraints), encoding="utf-8")
    if (source / target).is_file():
        text = (source / target).read_text(encoding="utf-8")
        (folder / target).write_text(text.partition("\n[tool.slipway]")[0], encoding="utf-8")


def _of_folders(source: Path, folders: Sequence[str], depth: int = 0) -> list[str]:
    """What the packages in other folders of this machine ask for themselves. Raises :class:`BundleError`."""
    lines: list[str] = []
    for name in folders_of(source, folders) if depth < 10 else ():
        below = (source / name).resolve()
        if not below.is_dir():
            raise BundleError(f"{source} depends on the package in {name}, and there is no such folder")
        dependencies = wanted_of_package(reading(below), where=str(below))
        lines += [*dependencies.lines, *_of_folders(below, dependencies.folders, depth + 1)]
    return lines


def _prefer_wheels(folder: Path, path_shown: Path, platform: Platform, more: Sequence[str]) -> None:
    """Take the newest versions that have wheels for the platform as constraints; none where some package has none."""
    words = ["--python-version", platform.python, "--python-platform", platform.tag, "--only-binary", ":all:"]
    try:
        _compile(folder, "fitting.txt", [*words, "--no-annotate", *more], str(path_shown))
    except BundleError:
        return
    fitting = (folder / "fitting.txt").read_text(encoding="utf-8")
    with (folder / "constraints.txt").open("a", encoding="utf-8") as file:
        file.write(fitting)


OLD_GUNICORN = re.compile(r"\s*gunicorn\s*(?:==|<=?|~=)\s*(?:1\d|20)\b", re.IGNORECASE)
"""A gunicorn that imports pkg_resources. Source: its changelog, 21.0."""
WITH_PKG_RESOURCES = "setuptools<81"
"""The setuptools that have pkg_resources still. Source: its changelog, 82.0."""


def _with_pkg_resources(folder: Path, dependencies: Wanted) -> None:
    """Take a setuptools that an old gunicorn can start with, which asks for any and imports a part of old ones."""
    if any(OLD_GUNICORN.match(line) for line in dependencies.lines):
        with (folder / WANTED).open("a", encoding="utf-8") as file:
            file.write(f"{WITH_PKG_RESOURCES}\n")


def _compile(folder: Path, target: str, words: Sequence[str], doing: str) -> None:
    what = ["pip", "compile", WANTED, "--constraint", "constraints.txt", "--output-file", target]
    run_uv_building([*what, *words, *SILENT], folder=folder, doing=doing)
