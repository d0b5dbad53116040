"""PythonAnywhere's files: the app as it is and, below one folder, its dependencies, which the API cannot install."""

from collections.abc import Sequence
from pathlib import Path

from slipway.bundle.artifact import Artifact
from slipway.bundle.build import build
from slipway.bundle.cache import Cache
from slipway.bundle.entries import served
from slipway.bundle.errors import BundleError
from slipway.bundle.locks import NOT_DEPLOYED, lock_of, packed_locks
from slipway.bundle.own_metadata import own_metadata
from slipway.bundle.plan import MB, App, Kind, Limits, Plan, Wheels, own_files
from slipway.bundle.platforms import Platform

LIMITS = Limits(
    target="PythonAnywhere",
    source="Uploading and downloading files, PythonAnywhere help; pricing: 512 MB on a free account",
    unpacked=512 * MB,
    one_file=100 * MB,
)

PACKAGES = ".packages/"
"""Where the dependencies are; what is below it is sent as one file and unpacked by the WSGI file."""

MANYLINUX = "2_28"
"""The newest wheels that every machine there takes: the oldest system image for today's Pythons is Ubuntu 22.04."""


def pythonanywhere_zip(
    source: Path,
    *,
    python: str = "3.13",
    packed: bool = True,
    allow_keys_in: Sequence[str] = (),
    data: Sequence[str] = (),
    entry: str = "",
    interface: str = "",
    cache: Cache | None = None,
) -> Artifact:
    """The files of an app. Without ``packed`` its requirements are left to a virtual environment that the user makes.

    ``entry`` (:mod:`slipway.bundle.entries`) and ``interface`` say how the app is called, where that takes more than
    an import.

    Raises :class:`BundleError`.
    """
    web = {"entry": entry, "interface": interface} if entry else {}
    allowed = tuple(allow_keys_in)
    return build(
        KIND, source, cache=cache, data=tuple(data), allow_keys_in=allowed, python=python, packed=packed, **web
    )


def plan(app: App, *, python: str = "3.13", packed: bool = True, entry: str = "", interface: str = "") -> Plan:
    """The app's files at the top, the wheels of its lock below :data:`PACKAGES`."""
    platform = Platform(python, "x86_64", MANYLINUX)
    how = served("pythonanywhere", entry, interface)
    lock = lock_of(app, platform, add=how.add)
    inside = packed_locks() if packed else ()
    own, left_out = own_files(app, *NOT_DEPLOYED, *inside)
    if not any(path.endswith(".py") for path in own):
        raise BundleError(f"{app.tree.root} has no module that PythonAnywhere could serve")
    if used := next((path for path in own if path.startswith(PACKAGES)), ""):
        raise BundleError(f"{app.tree.root / used} is where the dependencies go: rename the folder {PACKAGES}")
    wheels = Wheels.of(lock, root=app.root, platform=platform, prefix=PACKAGES) if packed else None
    return Plan(own=own, made={**own_metadata(app), **how.made}, wheels=wheels, left_out=left_out)


KIND = Kind(
    name="pythonanywhere-zip",
    says="PythonAnywhere's files, with their dependencies",
    suffix=".zip",
    limits=LIMITS,
    plan=plan,
    fits=lambda app: "flask_app.py" in app,  # PythonAnywhere's own name for the module of a Flask app
)
