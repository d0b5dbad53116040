"""A web app as a process: started at an entrance of its own, waited for, refused where it opens itself to others.

files and requirements are there -> command, told where to listen -> answers | the end of its log
"""

import os
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from http.client import HTTPException
from pathlib import Path

from slipway.sandbox.running import app_user, entrance, in_flight, memory, restarts
from slipway.sandbox.services import health, logs, ports, processes, registry
from slipway.sandbox.services.registry import Service

PATIENCE = 60.0
"""Seconds that an app has to answer for the first time."""
ASK_SECONDS = 10.0
"""For one answer meanwhile."""
READ_ONLY = re.compile(r"\[Errno 30\]|Read-only file system|readonly database")
"""What Python, other programs and SQLite say of a file that may not be written."""


TAKEN = re.compile(r"\[Errno 98\]|Address already in use|EADDRINUSE")
"""What servers say of a port that another program has."""
PORTS = 4
"""How many ports an app is given, one after the other, where other programs take them meanwhile."""


class FailedStartError(Exception):
    """An app could not be started; says why, with the end of its log."""


class TakenPortError(FailedStartError):
    """Another program took the app's port between its choice and the app's start."""


@dataclass(frozen=True, kw_only=True)
class WebApp:
    """What to start, and how it is known."""

    name: str
    """In the sandbox's registry of processes."""
    command: str
    """For a shell, in which the port is filled in or ``$PORT``."""
    said: str
    """The command as its author wrote it, and what it is called there: ``entry point `gunicorn …```."""
    remedy: str
    """How its author would say the port, for one that listens where it must not."""
    source: Path
    """The app's files, its working folder."""
    installed: Path
    """The virtual environment of its requirements."""
    port: int
    """Where it listens, unless it does on its entrance's socket file."""
    log: Path
    ask: str = "/"
    """The path that is asked until something answers."""
    variables: Mapping[str, str] = field(default_factory=dict)
    limits: app_user.Limits = app_user.NO_LIMITS
    """How the platform holds it."""


def launch_anywhere(state_folder: Path, at: Callable[[int], WebApp]) -> Service:
    """Start the app that ``at`` makes of a free port; at another one where a program takes that one meanwhile.

    Raises :class:`FailedStartError`.
    """
    for _ in range(PORTS - 1):
        with suppress(TakenPortError):
            return launch(state_folder, at(ports.choose_one()))
    return launch(state_folder, at(ports.choose_one()))


def launch(state_folder: Path, app: WebApp) -> Service:
    """Start an app and wait until it answers anything over HTTP. Raises :class:`FailedStartError`."""
    door = entrance.prepare(state_folder, app.name, app.port)
    own, reads = [door.folder], [app.installed, *app_user.prefixes_of(app.installed)]
    (reads if app.limits.read_only else own).append(app.source)
    if app.limits.read_only:
        app_user.lend(state_folder, app.source)
    group = memory.make(state_folder, app.name, app.limits.memory)
    process = processes.spawn(
        [
            *app_user.words_before(state_folder, own=own, reads=reads, limits=app.limits, group=group),
            "/bin/sh",
            "-c",
            door.command(app.command),
        ],
        state_folder=state_folder,
        log=app.log,
        extra=variables(app, door),
        cwd=app.source,
    )
    running = Service(app.name, process, {"http": app.port})
    # At once, so that an interrupted command leaves no process that the next one does not know of.
    registry.put(state_folder, running)
    _wait(state_folder, running, app)
    return running


def end(state_folder: Path, name: str, *, drain: bool = False) -> None:
    """End an app and forget it; its files stay. ``drain`` first waits for its requests, whose routes lead elsewhere."""
    running = registry.load(state_folder).get(name)
    if running:
        if drain and running.process.alive:
            in_flight.drained(state_folder, running.port)
        processes.end([running.process])
        registry.drop(state_folder, name)
        in_flight.forget(state_folder, running.port)
    entrance.remove(state_folder, name)
    memory.remove(state_folder, name)
    restarts.forget(state_folder, name)


def on_loopback(command: str, port: re.Pattern[str]) -> str:
    """A command whose address before ``port`` is this machine's alone; no address, and the wildcard, would say all."""
    return re.sub(rf"(?<![\w.\]$}}])(?:0\.0\.0\.0|\[::\])?(?=:{port.pattern})", "127.0.0.1", command)


def variables(app: WebApp, door: entrance.Entrance) -> dict[str, str]:
    """The environment of an app: its own variables, which never hide its port, its address or its Python."""
    return {**app.variables, **door.variables, **of_app(app)}


def of_app(app: WebApp) -> dict[str, str]:
    """What every process of an app is told, whether it serves or not."""
    path = os.pathsep.join([str(app.installed / "bin"), "/usr/local/bin", "/usr/bin", "/bin"])
    return {
        "PORT": str(app.port),
        "HOME": str(app.source),
        "PYTHONUNBUFFERED": "1",
        "VIRTUAL_ENV": str(app.installed),
        "PATH": path,
    }


def _wait(state_folder: Path, running: Service, app: WebApp) -> None:
    """Until it answers anything over HTTP. Raises :class:`FailedStartError`."""
    import stamina

    def ask() -> None:
        if not running.process.alive:
            raise health.EndedError("its process ended")
        try:
            _status(entrance.way(state_folder, app.name, app.port), app.ask)
        except (OSError, HTTPException) as error:
            if _open_to_all(state_folder, app):
                return
            raise health.UnhealthyError(f"it does not answer on $PORT: {error}") from error

    try:
        for attempt in stamina.retry_context(
            on=health.UnhealthyError, attempts=None, timeout=PATIENCE, wait_initial=0.03, wait_max=0.05, wait_jitter=0
        ):
            with attempt:
                ask()
    except (health.EndedError, health.UnhealthyError) as error:
        processes.end([running.process])
        log = logs.tail(app.log)
        why = [f"The {app.said} failed: {error}. Its log:\n{log}", *_limits_met(state_folder, app, log)]
        kind = TakenPortError if TAKEN.search(log) else FailedStartError
        raise kind("\n".join(why)) from error
    if wide := _listens_wide(running):
        processes.end([running.process])
        raise FailedStartError(
            f"The {app.said} listens on {wide}, where other machines can reach it; the sandbox lets "
            f"nothing listen but on 127.0.0.1. {app.remedy}"
        )
    _open_to_all(state_folder, app)


def _limits_met(state_folder: Path, app: WebApp, log: str) -> Iterator[str]:
    """What of the platform's limits an app has met, as its log and its control group tell."""
    if app.limits.read_only and READ_ONLY.search(log):
        yield "Files are read-only there but for /tmp: write below /tmp, or keep files in a bucket."
    if memory.kills(state_folder, app.name):
        yield f"It used more memory than the {app.limits.memory >> 20} MB that it has there."


def _open_to_all(state_folder: Path, app: WebApp) -> bool:
    """Whether the app answers at its port without the greeting; the front must not send it one then."""
    way = entrance.way(state_folder, app.name, app.port)
    if way.socket is not None or not way.greeting:
        return False
    try:
        _status(way, app.ask, greeted=False)
    except (OSError, HTTPException):
        return False
    entrance.open_to_all(state_folder, app.name)
    with app.log.open("a", encoding="utf-8") as log:
        log.write(
            f"slipway: this app's server takes connections by code of its own: its port {app.port} answers every "
            "process of this machine, past what the sandbox's front refuses\n"
        )
    return True


def _status(way: entrance.Way, path: str, *, greeted: bool = True) -> int:
    """What an app answers. Raises OSError or HTTPException where it does not."""
    line = entrance.Line(way, ASK_SECONDS, greeted=greeted)
    try:
        line.request("GET", path)
        return line.getresponse().status
    finally:
        line.close()


def _listens_wide(running: Service) -> str:
    """An address of the app that is not loopback; "" where there is none."""
    import psutil

    for member in running.process.tree():
        for connection in member.net_connections(kind="inet"):
            address = connection.laddr
            if connection.status == psutil.CONN_LISTEN and not _is_loopback(address.ip):
                return f"{address.ip}:{address.port}"
    return ""


def _is_loopback(address: str) -> bool:
    import ipaddress

    parsed = ipaddress.ip_address(address)
    mapped = getattr(parsed, "ipv4_mapped", None)
    return (mapped or parsed).is_loopback
