"""Elastic Beanstalk source bundle: the app, its lock, and a Procfile that says how it starts."""

import json
import re
from collections.abc import Sequence
from pathlib import Path

from slipway.bundle.artifact import Artifact
from slipway.bundle.build import build
from slipway.bundle.cache import Cache
from slipway.bundle.entries import Interface, Served, served, started
from slipway.bundle.errors import BundleError
from slipway.bundle.installed import with_requirements
from slipway.bundle.locks import NOT_DEPLOYED, lock_of
from slipway.bundle.own_metadata import own_metadata
from slipway.bundle.plan import MB, App, Kind, Limits, Plan, own_files
from slipway.bundle.platforms import Platform

LIMITS = Limits(
    target="Elastic Beanstalk",
    source="Create an application source bundle, AWS Elastic Beanstalk Developer Guide",
    packed=500 * MB,
)

PROCFILE = "Procfile"
MANYLINUX = "2_28"
"""The newest wheels that Amazon Linux 2023 takes (glibc 2.34)."""

RELEASE = ".ebextensions/90-release.config"
"""What the release command is written to; the platform reads such files in order of their names:
https://docs.aws.amazon.com/elasticbeanstalk/latest/dg/customize-containers-ec2.html#linux-container-commands."""

PORT = 8000
"""Where the platform's proxy expects the app. Source: "Configuring the WSGI server with a Procfile"."""

_LINE = re.compile(r"^[A-Za-z0-9_-]+:\s*\S")


def beanstalk_zip(
    source: Path,
    *,
    entry: str = "main:app",
    interface: str = "",
    command: str = "",
    python: str = "",
    release: str = "",
    allow_keys_in: Sequence[str] = (),
    cache: Cache | None = None,
) -> Artifact:
    """The source bundle of a Python app.

    A ``Procfile`` of the app's own is taken as it is, less its ``release``; otherwise one is made that starts ``entry``
    (:mod:`slipway.bundle.entries`) as ``interface`` under gunicorn, which the platform brings, or that runs
    ``command``. A lock of another form becomes a ``requirements.txt`` for ``python``. ``release`` becomes a container
    command, which the platform runs before the version serves. Raises :class:`BundleError`.
    """
    more = {"interface": interface, "command": command, "python": python, "release": release}
    settings = {name: value for name, value in more.items() if value}
    return build(KIND, source, cache=cache, allow_keys_in=tuple(allow_keys_in), entry=entry, **settings)


def plan(
    app: App, *, entry: str = "main:app", interface: str = "", command: str = "", python: str = "", release: str = ""
) -> Plan:
    """The app's files, and a Procfile where it has none."""
    platform = Platform(python or "3.11", "x86_64", MANYLINUX)
    how = served("beanstalk", entry, interface or Interface.wsgi) if not command else started(command)
    own, left_out = own_files(app, *NOT_DEPLOYED)
    released = {**own_metadata(app), **({RELEASE: _container_command(release)} if release else {})}
    lines = app.text(PROCFILE).splitlines() if PROCFILE in app else []
    served_lines = [line for line in lines if not line.startswith("release:")]
    if lines != served_lines:
        # The platform would start the line as one more process, again whenever it ends.
        own = {path: place for path, place in own.items() if path != PROCFILE}
    if lines and (lines == served_lines or any(line.strip() for line in served_lines)):
        _check_procfile(app)
        if lines != served_lines:
            released = {**released, PROCFILE: ("\n".join(served_lines) + "\n").encode()}
        return with_requirements(app, own, left_out, lock_of(app, platform), platform, released)
    temporary = {**released, PROCFILE: f"web: {command}\n".encode() if command else _procfile(app, how)}
    lock = lock_of(app, platform, add=how.add)
    return with_requirements(app, own, left_out, lock, platform, {**temporary, **how.made})


def _container_command(release: str) -> bytes:
    """Runs where the app lies before it serves, on one instance alone, with its variables and its packages."""
    command = f"source /var/app/venv/*/bin/activate && {release}"
    commands = {"90_release": {"command": command, "leader_only": True}}
    # JSON is YAML, and has one way to quote.
    return (json.dumps({"container_commands": commands}, indent=2) + "\n").encode()


def _check_procfile(app: App) -> None:
    lines = [line for line in app.text(PROCFILE).splitlines() if line.strip() and not line.startswith("#")]
    wrong = next((line for line in lines if not _LINE.match(line)), None)
    if wrong is not None:
        raise BundleError(f"{app.tree.root / PROCFILE} holds {wrong!r}: a line is `name: command`")
    if not any(line.startswith("web:") for line in lines):
        raise BundleError(f"{app.tree.root / PROCFILE} starts no `web` process, which the proxy would send requests to")


def _procfile(app: App, how: Served) -> bytes:
    path = how.entry.module.replace(".", "/")
    if f"{path}/__init__.py" not in app and f"{path}.py" not in how.made:
        app.need(f"{path}.py", f"the bundle starts {how.entry}; give another entry, or a {PROCFILE}")
    worker = f" -k {how.worker}" if how.worker else ""
    return f"web: gunicorn --bind 127.0.0.1:{PORT}{worker} {how.entry}\n".encode()


KIND = Kind(
    name="beanstalk-zip",
    says="Elastic Beanstalk source bundle",
    suffix=".zip",
    limits=LIMITS,
    plan=plan,
    fits=lambda app: PROCFILE in app,
)
