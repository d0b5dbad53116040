"""Which lock of an app counts, and what it pins for a platform.

An app's own lock is used as it is. Requirements that nothing locks are refused with the command that locks them, so
that an app never goes anywhere without its packages.
"""

import json
import posixpath
import tomllib
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

from slipway.bundle.errors import BundleError
from slipway.bundle.locks import adapters, pdm_lock, pipfile_lock, poetry_lock, pylock, uv_lock
from slipway.bundle.locks.current import no_longer_asked_for, unmet
from slipway.bundle.locks.markers import holds
from slipway.bundle.locks.pins import Lock, Pin, fault, normal, rendered
from slipway.bundle.locks.wanted import Wanted, names_of, wanted_of
from slipway.bundle.locks.workspace import folders_of, workspace_of
from slipway.bundle.platforms import Platform
from slipway.bundle.requirement_lines import encoding_error, lines_of, pin_error, pinned_name, pinned_version
from slipway.bundle.tree import LeftOut

WANTED = "requirements.in"
LOCK = "requirements.txt"
PYLOCK = "pylock.toml"

ANYWHERE = Platform("3.11", "x86_64", "2_28")
"""What markers are judged by where a kind of artifact knows of no Python."""

NOT_DEPLOYED = (LeftOut(WANTED, "compiled to requirements.txt"),)


class Files(Protocol):
    """An app's folder with its files read."""

    @property
    def name(self) -> str:
        """The folder's name."""
        ...

    @property
    def root(self) -> Path:
        """The folder."""
        ...

    def __contains__(self, path: str) -> bool: ...

    def read(self, path: str) -> bytes:
        """One of its files, whole."""
        ...

    def text(self, path: str) -> str:
        """One of its files as text. Raises :class:`BundleError`."""
        ...


Reader = Callable[[Mapping[str, Any], Files, Platform], list[Pin]]

LOCKS: Mapping[str, tuple[Reader, str]] = {
    PYLOCK: (lambda document, app, platform: pylock.pins_of(document, platform), "slipway lock {app}"),
    "uv.lock": (lambda document, app, platform: uv_lock.pins_of(document, platform), "uv lock"),
    "poetry.lock": (
        lambda document, app, platform: poetry_lock.pins_of(document, _pyproject(app), platform),
        "poetry lock",
    ),
    "pdm.lock": (lambda document, app, platform: pdm_lock.pins_of(document, platform), "pdm lock"),
    "Pipfile.lock": (lambda document, app, platform: pipfile_lock.pins_of(document, platform), "pipenv lock"),
}
"""Lock files in the order in which they count, after a ``requirements.txt`` with hashes: what reads one, and the
command that writes it anew."""


def packed_locks() -> tuple[LeftOut, ...]:
    """The lock files, for an artifact that has their packages inside."""
    return tuple(LeftOut(name, "its packages are inside") for name in (LOCK, *LOCKS))


def lock_of(app: Files, platform: Platform = ANYWHERE, *, add: Sequence[str] = ()) -> Lock:
    """What an app's lock pins for a platform, with the adapters ``add`` where it lacks them.

    Raises :class:`BundleError` for dependencies that nothing locks, for a lock that lacks one of them, and for one that
    cannot be read; the command that helps is named.
    """
    where = str(app.root)
    dependencies = wanted_of(_reader(app), where=where)
    if (dependencies.hashed and dependencies.origin == LOCK) or (dependencies.origin == WANTED and LOCK in app):
        return _compiled(app, platform, add, dependencies)
    for name, (read, _) in LOCKS.items():
        if name in app:
            return _of_file(app, app.root / name, app.text(name), read, platform, add, dependencies)
    workspace = workspace_of(app.root) if dependencies.origin == "pyproject.toml" else None
    if workspace is not None and workspace.lock.is_file():
        member = workspace.member

        def of_member(document: Mapping[str, Any], app: Files, platform: Platform) -> list[Pin]:
            return uv_lock.pins_of(document, platform, member=member)

        text = workspace.lock.read_text(encoding="utf-8")
        return _of_file(app, workspace.lock, text, of_member, platform, add, dependencies)
    if dependencies:
        raise BundleError(
            f"{where} depends on {_some(dependencies)} ({dependencies.origin}), and no lock pins it: "
            f"run `slipway lock {_typed(app)}`"
        )
    pins = adapters.added(add, {})
    return Lock(text=rendered(pins), complete=True)


def _compiled(app: Files, platform: Platform, add: Sequence[str], dependencies: Wanted) -> Lock:
    """A ``requirements.txt`` with hashes, which is taken as it is."""
    text = app.text(LOCK)
    lines = list(lines_of(text))
    wrong = [(line, error) for line in lines if (error := pin_error(line))]
    if encoding := encoding_error(text):
        raise BundleError(f"{app.root / LOCK} {encoding}. Run `slipway lock {_typed(app)}`")
    if wrong:
        line, error = wrong[0]
        raise BundleError(
            f"{app.root / LOCK}, line {line.number}: {line.text[:80]!r} {error}; each line is a package pinned with == "
            f"and --hash. Run `slipway lock {_typed(app)}`"
        )
    present = {normal(name): pinned_version(line) for line in lines if (name := pinned_name(line))}
    if dependencies.origin == WANTED:
        versions: dict[str, list[str]] = {}
        for line in lines:
            versions.setdefault(normal(pinned_name(line) or ""), []).append(pinned_version(line))
        _check_versions(app.root / LOCK, versions, dependencies, lambda _: True, f"slipway lock {_typed(app)}")
        if past := no_longer_asked_for(text, [*names_of(dependencies.lines, lambda _: True)]):
            raise BundleError(
                f"{app.root / LOCK} has {', '.join(past)}, which {WANTED} does not ask for any more: "
                f"run `slipway lock {_typed(app)}`"
            )
        missing = [name for name in names_of(dependencies.lines, lambda _: True) if normal(name) not in present]
        if missing:
            raise BundleError(
                f"{app.root / LOCK} lacks {', '.join(missing)}, which {WANTED} asks for: "
                f"run `slipway lock {_typed(app)}`"
            )
    extra = rendered(adapters.added(add, present))
    return Lock(origin=LOCK, text=app.read(LOCK) + extra if lines or not extra else extra)


def _of_file(
    app: Files,
    path: Path,
    text: str,
    read: Reader,
    platform: Platform,
    add: Sequence[str],
    dependencies: Wanted,
) -> Lock:
    command = LOCKS[path.name][1].format(app=_typed(app))
    try:
        document = json.loads(text) if path.name == "Pipfile.lock" else tomllib.loads(text)
        pins = read(document, app, platform)
        if "python_full_version" in text:
            pins += _of_early_releases(pins, read(document, app, replace(platform, patch=0)))
    except (ValueError, LookupError, TypeError, AttributeError) as wrong:
        raise BundleError(f"{path} is no lock that can be read ({wrong}): write it anew with `{command}`") from None
    _check_current(document, path.name, dependencies, command, str(app.root))
    present = {normal(pin.name): pin.version for pin in pins}
    missing = [
        one
        for one in names_of(dependencies.lines, lambda marker: holds(marker, platform))
        if normal(one) not in present and normal(one) not in _taken_instead(document)
    ]
    if missing:
        raise BundleError(f"{path} lacks {', '.join(missing)}, which {dependencies.origin} asks for: run `{command}`")
    versions = {name: [version] for name, version in present.items() if version}
    _check_versions(
        path, versions, _without_replaced(dependencies, document), lambda marker: holds(marker, platform), command
    )
    if bare := next((pin for pin in pins if pin.indexed and not (pin.version and pin.hashes)), None):
        raise BundleError(f"{path} pins {bare.name} without a hash: write it anew with `{command}`")
    if wrong := next(filter(None, map(fault, pins)), ""):
        raise BundleError(f"{path} {wrong}: write it anew with `{command}`")
    requirements = rendered([*pins, *adapters.added(add, present)])
    remembered = {pin.folder for pin in pins}
    folders = folders_of(app.root, dependencies.folders)
    local = [Pin(name=Path(folder).name, folder=folder) for folder in folders]
    built = (*(pin for pin in pins if not pin.indexed), *(pin for pin in local if pin.folder not in remembered))
    origin = posixpath.relpath(path, app.root)
    return Lock(origin=origin, text=requirements, built=built, complete=True)


def _of_early_releases(pins: Sequence[Pin], early: Iterable[Pin]) -> list[Pin]:
    """What the first releases of a Python need beside ``pins``, the packages for its later ones.

    Debian's Python 3.11 is 3.11.2, which lacks what `async-timeout` is for; a later one does not mind it.
    """
    present = {pin.name for pin in pins}
    return [pin for pin in early if pin.name not in present]


def _check_current(document: Mapping[str, Any], name: str, dependencies: Wanted, command: str, where: str) -> None:
    """A lock that Slipway made knows what it was made from."""
    made_from = document.get("tool", {}).get("slipway", {}).get("inputs")
    if made_from and dependencies.origin and made_from != dependencies.digest:
        raise BundleError(
            f"{where}/{name} is older than {dependencies.origin}, which asks for something else: run `{command}`"
        )


def _taken_instead(document: Mapping[str, Any]) -> Mapping[str, str]:
    """What Slipway's lock took instead of packages that the app asks for; that may be another package."""
    return document.get("tool", {}).get("slipway", {}).get("instead", {})


def _without_replaced(dependencies: Wanted, document: Mapping[str, Any]) -> Wanted:
    """What the app asks for but for the requirements that Slipway's lock took others instead of."""
    instead = _taken_instead(document)
    names = names_of(dependencies.lines, lambda _: True)
    pairs = zip(names, dependencies.lines, strict=True)
    return replace(dependencies, lines=tuple(line for name, line in pairs if normal(name) not in instead))


def _check_versions(
    path: Path,
    versions: Mapping[str, Collection[str]],
    dependencies: Wanted,
    fits: Callable[[str], bool],
    command: str,
) -> None:
    """A lock of another tool, or of another day, does not say what it was made from: its versions do."""
    if wrong := next(unmet(dependencies.lines, versions, fits), None):
        asked, pinned = wrong
        raise BundleError(f"{path} pins {pinned}, and {dependencies.origin} asks for {asked} since: run `{command}`")


def _typed(app: Files) -> str:
    """What a command calls the app: its name in ``app_src``, where each is known by it, else its folder."""
    return app.name if app.root.parent.name == "app_src" else str(app.root)


def _reader(app: Files) -> Callable[[str], str | None]:
    return lambda name: app.text(name) if name in app else None


def _pyproject(app: Files) -> Mapping[str, Any]:
    return tomllib.loads(app.text("pyproject.toml")) if "pyproject.toml" in app else {}


def _some(dependencies: Wanted) -> str:
    names = [*names_of(dependencies.lines, lambda _: True), *dependencies.folders]
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")


def names_in(lock: bytes) -> set[str]:
    """The packages of a requirements file with pins, by their normal names."""
    return {normal(name) for line in lines_of(lock.decode()) if (name := pinned_name(line))}
