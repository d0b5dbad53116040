"""Elastic Beanstalk source bundle: the app, its lock, and a Procfile that says how it starts."""

import re
from collections.abc import Sequence
from pathlib import Path

from slipway.bundle.artifact import Artifact
from slipway.bundle.build import build
from slipway.bundle.cache import Cache
from slipway.bundle.errors import BundleError
from slipway.bundle.locks import NOT_DEPLOYED, lock_of
from slipway.bundle.plan import MB, App, Kind, Limits, Plan, own_files

LIMITS = Limits(
    target="Elastic Beanstalk",
    source="Create an application source bundle, AWS Elastic Beanstalk Developer Guide",
    packed=500 * MB,
)

PROCFILE = "Procfile"
PORT = 8000
"""Where the platform's proxy expects the app. Source: "Configuring the WSGI server with a Procfile"."""

_ENTRY = re.compile(r"([A-Za-z_][\w.]*):([A-Za-z_]\w*)")
_LINE = re.compile(r"^[A-Za-z0-9_-]+:\s*\S")


def beanstalk_zip(
    source: Path, *, entry: str = "main:app", allow_keys_in: Sequence[str] = (), cache: Cache | None = None
) -> Artifact:
    """The source bundle of a Python app.

    A ``Procfile`` of the app's own is taken as it is; otherwise one is made that starts ``entry``
    (``module:application``) under gunicorn, which the platform brings. Raises :class:`BundleError`.
    """
    return build(KIND, source, cache=cache, allow_keys_in=tuple(allow_keys_in), entry=entry)


def plan(app: App, *, entry: str = "main:app") -> Plan:
    """The app's files, and a Procfile where it has none."""
    lock_of(app)
    own, left_out = own_files(app, *NOT_DEPLOYED)
    if PROCFILE in app:
        _check_procfile(app)
        return Plan(own=own, left_out=left_out)
    return Plan(own=own, made={PROCFILE: _procfile(app, entry)}, left_out=left_out)


def _check_procfile(app: App) -> None:
    lines = [line for line in app.text(PROCFILE).splitlines() if line.strip() and not line.startswith("#")]
    wrong = next((line for line in lines if not _LINE.match(line)), None)
    if wrong is not None:
        raise BundleError(f"{app.tree.root / PROCFILE} holds {wrong!r}: a line is `name: command`")
    if not any(line.startswith("web:") for line in lines):
        raise BundleError(f"{app.tree.root / PROCFILE} starts no `web` process, which the proxy would send requests to")


def _procfile(app: App, entry: str) -> bytes:
    match = _ENTRY.fullmatch(entry)
    if match is None:
        raise BundleError(f"the entry {entry!r} is not of the form module:application")
    path = match[1].replace(".", "/")
    if f"{path}/__init__.py" not in app:
        app.need(f"{path}.py", f"the bundle starts {entry}; give another entry, or a {PROCFILE}")
    return f"web: gunicorn --bind 127.0.0.1:{PORT} {entry}\n".encode()


KIND = Kind(
    name="beanstalk-zip",
    says="Elastic Beanstalk source bundle",
    suffix=".zip",
    limits=LIMITS,
    plan=plan,
    fits=lambda app: PROCFILE in app,
)
