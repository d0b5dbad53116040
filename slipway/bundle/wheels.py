"""Dependencies of an artifact: installed by uv from wheels alone, stripped of the machine, deflated once.

What is kept is a pack for each lock, Python and platform. What differs between two installations of the same wheels
is taken out: lists of installed files, the installer's name, scripts whose first line names an interpreter's place.
"""

import contextlib
import hashlib
import os
import re
import shutil
import sys
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from slipway.bundle import records
from slipway.bundle.artifact import digest_of
from slipway.bundle.binaries import unfit
from slipway.bundle.cache import Cache
from slipway.bundle.content import Content, content_of
from slipway.bundle.deflate_cache import DEFLATE_SETTINGS, deflate_all
from slipway.bundle.errors import BundleError
from slipway.bundle.interpreters import interpreter
from slipway.bundle.locks import normal
from slipway.bundle.locks.pins import Pin
from slipway.bundle.names import check_name, check_together
from slipway.bundle.older_tools import run_uv_building
from slipway.bundle.plan import Wheels
from slipway.bundle.platforms import Platform
from slipway.bundle.requirement_lines import lines_of, pinned_name
from slipway.bundle.source_only import (
    COMPILES,
    WITHOUT_COMPILER,
    check_pure,
    check_source_only,
    compiled_parts,
    compiling,
    needing_source,
)
from slipway.bundle.tree import look_through
from slipway.bundle.uv import UvError

OF_THE_MACHINE = frozenset({"RECORD", "INSTALLER", "REQUESTED", "uv_cache.json", "uv_build.json", "direct_url.json"})
"""Files of a ``.dist-info`` that tell about an installation, not about the package (PEP 376, 610, 627)."""

_DIST_INFO = re.compile(r"([^/]+)-([^-/]+)\.dist-info/")


def key_of(wheels: Wheels) -> str:
    """What the installed and deflated wheels are kept under."""
    facts = f"wheels 1\n{wheels.platform.tag}\n{wheels.platform.python}\n{DEFLATE_SETTINGS}\n"
    facts += "".join(f"{pin.name} {pin.url} {_digest_of(wheels.root, pin)}\n" for pin in wheels.built)
    return hashlib.sha256(facts.encode() + wheels.lock).hexdigest()


def vendor(wheels: Wheels, app: str, key: str, cache: Cache) -> records.Record:
    """The dependencies as a pack of the cache, from there or made now. Takes the cache's lock for ``key``.

    Raises :class:`BundleError` where a package has no wheel for the platform, where one brings machine code of
    another, where a hash is wrong, and where the index cannot be reached; the package is named.
    """
    place = cache.file("deps", f"{key}.pack")
    with cache.alone(key):
        if record := records.find(place):
            cache.used(place)
            return record
        with cache.workplace() as work:
            return _make(wheels, app, place, work)


def _make(wheels: Wheels, app: str, place: Path, work: Path) -> records.Record:
    target = work / "site"
    _install(wheels, app, target, work)
    owners, packages = _owners(target)
    paths = sorted(_inside(target))
    check_together(paths, of=f"the dependencies of {app}")
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        contents = dict(zip(paths, pool.map(lambda path: _content(target, path), paths), strict=True))
    _check_machines(contents, owners, app, wheels.platform)
    files = {content.sha256: (content, _opener(target / path)) for path, content in contents.items()}
    pack = deflate_all(files, work / "pack")
    members = {path: pack.members[content.sha256] for path, content in contents.items()}
    remaining = {path: owners.get(path, "") for path in paths}
    return records.keep(pack.path, place, members=members, owners=remaining, packages=packages)


def _install(wheels: Wheels, app: str, target: Path, work: Path) -> None:
    (work / "requirements.txt").write_bytes(wheels.lock)
    closed = ["--no-deps"] if wheels.complete else []
    what = ["--requirement", "requirements.txt", "--require-hashes", *closed]
    failed = f"the requirements of {app} cannot be had as wheels for {wheels.platform}"
    sources: list[str] = []
    while wheels.lock:
        dependencies = ["--only-binary", ":all:", *(word for name in sources for word in ("--no-binary", name))]
        try:
            _run(wheels.platform, target, work, [*what, *dependencies], failed)
            break
        except UvError as mistake:
            name = needing_source(mistake.output, exclude=sources)
            if name is None:
                _check_wheels(sources, wheels, work, app)
                raise
            if name in COMPILES:
                _check_wheels([name], wheels, work, app)
                raise compiling(name, "its parts", wheels.platform, app) from None
            sources.append(name)
    for pin in wheels.built:
        place = pin.url or str((wheels.root / pin.folder).resolve())
        what = _built(pin, place, work)
        _run(wheels.platform, target, work, ["--no-deps", *what], f"{pin.name}, of {app}, cannot be built from {place}")
    _without_compiled_parts(wheels, target, work, sources)
    _check_wheels([*compiled_parts(target, sources)], wheels, work, app)
    check_pure(target, {*sources, *(pin.name for pin in wheels.built)}, wheels.platform, app=app)
    if not target.is_dir():  # every requirement's marker may say no
        target.mkdir()


def _built(pin: Pin, place: str, work: Path) -> list[str]:
    """Arguments for a package that no index has: a file of another machine has to have one of its hashes."""
    if not (pin.url and pin.hashes) or pin.url.startswith("git+"):
        return [place]
    hashes = "".join(f" --hash={digest}" for digest in pin.hashes)
    (work / "built.txt").write_text(f"{pin.name} @ {place}{hashes}\n", encoding="utf-8")
    return ["--requirement", "built.txt", "--require-hashes"]


def _check_wheels(names: Collection[str], wheels: Wheels, work: Path, app: str) -> None:
    """Raise :class:`BundleError` for the first of some packages whose other versions have a wheel for the platform."""
    for name in names:
        check_source_only(name, wheels.lock, wheels.platform, folder=work, app=app)


def _without_compiled_parts(wheels: Wheels, target: Path, work: Path, sources: list[str]) -> None:
    """Build again, without a compiler, what was compiled of ``sources``; what cannot do without stays as it is."""
    pure = work / "pure"
    for name in compiled_parts(target, sources):
        lines = (line.text for line in lines_of(wheels.lock.decode()) if normal(pinned_name(line) or "") == name)
        (work / "one.txt").write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        # uv keeps what it has built by its settings, and not by the variables that the build saw.
        how = ["--no-deps", "--no-binary", name, "--config-settings-package", f"{name}:compiler=none"]
        with contextlib.suppress(UvError):
            words = ["--requirement", "one.txt", "--require-hashes", *how]
            _run(wheels.platform, pure, work, words, "", variables=WITHOUT_COMPILER)
            if not compiled_parts(pure, [name]):
                _replace(target, pure, name)
        shutil.rmtree(pure, ignore_errors=True)


def _replace(target: Path, pure: Path, name: str) -> None:
    """Put a package in the place of the same one that was compiled."""
    for record in target.glob("*.dist-info/RECORD"):
        if normal(record.parent.name.partition("-")[0]) == name:
            for line in record.read_text(encoding="utf-8").splitlines():
                (target / line.partition(",")[0]).unlink(missing_ok=True)
            shutil.rmtree(record.parent)
    shutil.copytree(pure, target, dirs_exist_ok=True)


def _run(
    platform: Platform,
    target: Path,
    work: Path,
    words: list[str],
    failed: str,
    *,
    variables: Mapping[str, str] | None = None,
) -> None:
    # Links into uv's cache: what is installed is only read, and 30 MB need neither be copied nor freed.
    how = ["--target", str(target), "--link-mode", "hardlink", "--no-compile-bytecode", "--quiet"]
    # What is built from its sources is built by the platform's Python where this machine has it.
    builder = interpreter(platform.python) or sys.executable
    whom = ["--python", builder, "--python-version", platform.python, "--python-platform", platform.tag]
    run_uv_building(["pip", "install", *words, *how, *whom], folder=work, doing=failed, variables=variables)


def _digest_of(root: Path, pin: Pin) -> str:
    """What is in a package's folder, so that an edit there makes the dependencies anew; "" for one from elsewhere."""
    if not pin.folder:
        return ""
    tree = look_through((root / pin.folder).resolve())
    digests = {path: hashlib.sha256(tree.read(path)).hexdigest() for path in tree.files}
    return digest_of(digests)


def _owners(target: Path) -> tuple[dict[str, str], dict[str, str]]:
    """Path -> package, from the lists the installer wrote; and package -> version."""
    import csv

    owners: dict[str, str] = {}
    packages: dict[str, str] = {}
    for record in sorted(target.glob("*.dist-info/RECORD")):
        match = _DIST_INFO.match(f"{record.parent.name}/")
        if match is None:
            continue
        name = normal(match[1])
        packages[name] = match[2]
        with record.open(encoding="utf-8", newline="") as lines:
            owners.update((row[0], name) for row in csv.reader(lines) if row)
    return owners, packages


def _inside(target: Path) -> Iterator[str]:
    """The paths that are the packages' own."""
    for folder, folders, files in os.walk(target):
        below = Path(folder).relative_to(target).as_posix()
        folders[:] = [name for name in folders if name != "__pycache__" and not (below == "." and name == "bin")]
        for name in files:
            path = name if below == "." else f"{below}/{name}"
            if name.endswith(".pyc") or path == ".lock":
                continue
            if name in OF_THE_MACHINE and below.endswith(".dist-info"):
                continue
            yield check_name(path, of="a dependency")


def _content(target: Path, path: str) -> Content:
    with _opened(target / path) as fd:
        return content_of(fd)


def _check_machines(contents: dict[str, Content], owners: dict[str, str], app: str, platform: Platform) -> None:
    # A module may be there for several Pythons side by side; only one of its forms has to fit.
    wrong: dict[str, str] = {}
    for path, content in contents.items():
        why = unfit(path, content.machine, architecture=platform.architecture, python=platform.python)
        if why:
            wrong[path] = why
    fit = {_module(path) for path in contents if path not in wrong}
    for path, why in wrong.items():
        if _module(path) not in fit:
            raise BundleError(
                f"the package {owners.get(path) or path} of {app} brings {path}, which {why}; the app is made for "
                f"{platform}. Choose a version that has a wheel for it"
            )


def _module(path: str) -> str:
    """What a file would be imported as: its path up to the first dot of its name."""
    folder, _, name = path.rpartition("/")
    return f"{folder}/{name.split('.')[0]}"


@contextmanager
def _opened(file: Path) -> Iterator[int]:
    fd = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        yield fd
    finally:
        os.close(fd)


def _opener(file: Path):  # noqa: ANN202
    return lambda: _opened(file)
