"""A PostgreSQL server for each instance that a program declares: made, started, asked, ended, removed.

a folder -> initdb -> a server on a free port of 127.0.0.1, with a password -> answers | the end of its log

What an instance holds lies outside of the sandbox's other files: ``slipway sandbox stop`` ends the server and keeps the
data, which go with the instance.
"""

import json
import os
import pwd
import re
import secrets
import signal
import subprocess
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from slipway.sandbox.databases import programs
from slipway.sandbox.running import app_user
from slipway.sandbox.services import files, logs, ports, processes, registry
from slipway.sandbox.services.registry import Service

PREFIX = "database:"
"""Begins a server's name in the registry: ``database:PROJECT/INSTANCE``."""
FOLDER = "databases"
"""In the state folder."""
OWNER = "postgres"
"""The superuser, as PostgreSQL and Cloud SQL call it."""
SOCKET_PORT = 5432
"""The port in the name of the socket file, as clients look for it: ``.s.PGSQL.5432``."""
PATIENCE = 30.0
"""Seconds that a server may take to answer; after a crash it recovers first."""
POLL = 0.05
CLOSING = 10.0
"""Seconds that a server may take to write down what it holds when it is ended."""
UNPRIVILEGED = ("postgres", "nobody")
"""Users that a server runs as where the sandbox runs as root: PostgreSQL refuses root, and wants one with a name."""
CONNECTOR = re.compile(
    r"(?P<scheme>postgres(?:ql)?(?:\+\w+)?)://(?P<login>[^@/\s]*)@/(?P<database>[^?\s]*)\?host=/cloudsql/"
    r"(?P<project>[^:/\s]+):[^:/\s]+:(?P<instance>[^:/&\s]+)"
)
"""How an app is told of an instance that Google's connector leads to.

https://cloud.google.com/sql/docs/postgres/connect-app-engine-standard
"""


SOCKET = re.compile(r"/cloudsql/(?P<project>[^:/\s]+):[^:/\s]+:(?P<instance>[^:/&\s]+)")
"""The folder of the socket file of such an instance."""
COUNT = """
select format('%I.%I', schemaname, relname),
       (xpath('/row/count/text()', query_to_xml(format('select count(*) from %I.%I', schemaname, relname),
                                                false, true, '')))[1]::text
from pg_stat_user_tables order by 1;
"""
"""The tables of a database with their rows, counted."""


class ServerError(Exception):
    """A server could not be started, or refused a statement; says why."""


@dataclass(frozen=True, kw_only=True)
class Instance:
    """A server by where it is declared."""

    state_folder: Path
    project: str
    name: str

    @property
    def service(self) -> str:
        """Its name in the registry of processes."""
        return f"{PREFIX}{self.project}/{self.name}"

    @property
    def folder(self) -> Path:
        """Everything of it."""
        return self.state_folder / FOLDER / self.project / self.name

    @property
    def server(self) -> Path:
        """What is the server's own: its data and the folder of its socket file."""
        return self.folder / "server"

    @property
    def port(self) -> int:
        """Where it listens on 127.0.0.1; 0 where it does not run."""
        service = registry.load(self.state_folder).get(self.service)
        return service.port if service and service.process.alive else 0

    @property
    def record(self) -> dict[str, Any]:
        """What was declared of it, as its API has it; empty where there is none."""
        try:
            return json.loads((self.folder / "record.json").read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}

    def write(self, record: Mapping[str, Any]) -> None:
        """Keep what was declared of it."""
        registry.private(self.folder)
        registry.write(self.folder / "record.json", json.dumps(record, indent=1, sort_keys=True))


def instances(state_folder: Path, project: str = "") -> Iterator[Instance]:
    """Those that are there, of one project or of all."""
    for path in sorted((state_folder / FOLDER).glob(f"{project or '*'}/*/record.json")):
        yield Instance(state_folder=state_folder, project=path.parents[1].name, name=path.parent.name)


def start(instance: Instance) -> None:
    """Have it run and answer; its folder is made where there is none. Raises ``NoPostgresError``, ``ServerError``."""
    if instance.port:
        return
    user = _user()
    words = _words_before(instance, user)
    if not (instance.server / "data" / "PG_VERSION").exists():
        _make(instance, words)
    port = ports.choose_one()
    command = [
        *_words_before(instance, user),
        str(programs.program("postgres")),
        *("-D", str(instance.server / "data"), "-p", str(port)),
        *("-c", "listen_addresses=127.0.0.1"),
        # From the data's folder, where the server goes first: a path from the root may be too long for a socket.
        *("-c", "unix_socket_directories=../socket"),
        *("-c", "shared_buffers=16MB", "-c", "max_connections=50", "-c", "timezone=UTC"),
    ]
    log = logs.of(instance.state_folder, f"database.{instance.name}")
    process = processes.spawn(command, state_folder=instance.state_folder, log=log, extra={}, cwd=instance.server)
    running = Service(instance.service, process, {"postgres": port})
    # At once, so that an interrupted command leaves no process that the next one does not know of.
    registry.put(instance.state_folder, running)
    _wait(instance, running, log)
    (instance.server / "socket").chmod(0o755)  # what bears a password asks for it; the folders above are closed
    link = instance.server / "socket" / f".s.PGSQL.{SOCKET_PORT}"
    link.unlink(missing_ok=True)
    link.symlink_to(f".s.PGSQL.{port}")


def ask(instance: Instance, sql: str, database: str = OWNER) -> list[str]:
    """The rows of a statement, their fields parted by ``|``. Raises :class:`ServerError` with the server's words."""
    words = [programs.program("psql"), "-X", "-A", "-t", "-q", "-v", "ON_ERROR_STOP=1", "-f", "-"]
    where = {"PGHOST": "127.0.0.1", "PGPORT": str(instance.port), "PGUSER": OWNER, "PGDATABASE": database}
    variables = {"PATH": os.environ.get("PATH", ""), "PGPASSWORD": _password(instance), **where}
    done = subprocess.run(words, input=sql, env=variables, capture_output=True, text=True, check=False)
    if done.returncode:
        raise ServerError(re.sub(r"^psql:\S+ ", "", done.stderr.strip()) or "psql failed")
    return done.stdout.splitlines()


@dataclass(frozen=True, kw_only=True)
class Table:
    """A table of an app's, and how many rows it has."""

    database: str
    name: str
    rows: int


def tables(instance: Instance) -> list[Table]:
    """Those of every database of an instance. Raises :class:`ServerError`."""
    return [
        Table(database=database, name=line.rpartition("|")[0], rows=int(line.rpartition("|")[2]))
        for database in instance.record.get("databases", ())
        for line in ask(instance, COUNT, database)
    ]


def identifier(name: str) -> str:
    """A name in a statement."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A text in a statement."""
    return "'" + text.replace("'", "''") + "'"


def end(instance: Instance) -> None:
    """Have the server write down what it holds and end; the data stay."""
    service = registry.load(instance.state_folder).get(instance.service)
    if service is None:
        return
    close([service])
    registry.drop(instance.state_folder, instance.service)


def close(services: Iterable[Service]) -> None:
    """End the servers among some services; the registry is the caller's to write."""
    running = [one for one in services if one.name.startswith(PREFIX) and one.process.alive]
    for service in running:
        with suppress(ProcessLookupError):
            os.kill(service.process.pid, signal.SIGINT)  # PostgreSQL's fast shutdown: it waits for no client
    until = time.monotonic() + CLOSING
    while any(service.process.alive for service in running) and time.monotonic() < until:
        time.sleep(POLL)
    processes.end([service.process for service in running])


def remove(instance: Instance) -> None:
    """End the server and remove its data for good."""
    end(instance)
    files.remove(instance.folder)
    with suppress(OSError):
        instance.folder.parent.rmdir()
        instance.folder.parent.parent.rmdir()


def revive(state_folder: Path) -> list[str]:
    """Start the servers that have ended, as after `sandbox stop` or a reboot; the names of those that run again."""
    started = []
    for instance in instances(state_folder):
        if not instance.port:
            with suppress(ServerError, programs.NoPostgresError):
                start(instance)
                started.append(instance.service)
    return started


def led_here(state_folder: Path, value: str) -> str:
    """A variable of an app, with an address by Google's connector in it replaced by that of the server here."""

    def here(match: re.Match[str]) -> str:
        instance = Instance(state_folder=state_folder, project=match["project"], name=match["instance"])
        port = instance.port
        return f"{match['scheme']}://{match['login']}@127.0.0.1:{port}/{match['database']}" if port else match[0]

    return CONNECTOR.sub(here, value)


def sockets(state_folder: Path, connections: Iterable[str]) -> dict[Path, str]:
    """The folder of each instance's socket file, and where a container looks for it.

    ``connections`` are Google's names of instances, ``PROJECT:REGION:INSTANCE``.
    """
    named = {connection: connection.split(":") for connection in connections}
    servers = {
        name: Instance(state_folder=state_folder, project=parts[0], name=parts[-1]) for name, parts in named.items()
    }
    return {one.server / "socket": f"/cloudsql/{name}" for name, one in servers.items() if one.port}


def variables_here(state_folder: Path, variables: Mapping[str, str]) -> dict[str, str]:
    """:func:`led_here` of every variable, and of an address in parts: its clients find the socket by ``PGHOST``."""
    here = {name: led_here(state_folder, value) for name, value in variables.items()}
    match = SOCKET.fullmatch(here.get("PGHOST", ""))
    if match is None:
        return here
    port = Instance(state_folder=state_folder, project=match["project"], name=match["instance"]).port
    if not port:
        return here
    # The app's own variable of the port is known by its value: that of the socket file's name.
    here = {name: str(port) if value == str(SOCKET_PORT) else value for name, value in here.items()}
    return {**here, "PGHOST": "127.0.0.1", "PGPORT": str(port)}


def _user() -> int | None:
    """Whose the server is to be where the sandbox runs as root; None where it is its user's. Raises ServerError."""
    if os.geteuid() != 0:
        return None
    for name in UNPRIVILEGED:
        with suppress(KeyError):
            return pwd.getpwnam(name).pw_uid
    raise ServerError(
        f"PostgreSQL does not run as root, and this machine has no user {' or '.join(UNPRIVILEGED)}: "
        "use the sandbox from an ordinary account"
    )


def _words_before(instance: Instance, user: int | None) -> Sequence[str]:
    (instance.server / "socket").mkdir(mode=0o700, parents=True, exist_ok=True)
    if user is None:
        return ()
    place = programs.program("postgres").parent
    words = app_user.words_before(instance.state_folder, own=[instance.server], reads=[place], user=user)
    if not words:
        why = app_user.obstacle(instance.state_folder, [instance.server, place])
        raise ServerError(f"PostgreSQL does not run as root, and {why}: use the sandbox from an ordinary account")
    return words


def _make(instance: Instance, words: Sequence[str]) -> None:
    """An empty data folder with the superuser's password."""
    files.remove(instance.server / "data")  # what a cut-off command has begun
    password = instance.server / "password"
    registry.write(password, _password(instance))
    if os.geteuid() == 0:
        os.chown(password, instance.server.stat().st_uid, instance.server.stat().st_gid)
    try:
        made = subprocess.run(
            [
                *words,
                programs.program("initdb"),
                *("-D", instance.server / "data", "--no-sync", "--no-instructions"),
                *("--encoding=UTF8", "--locale=C", f"--username={OWNER}"),
                *("--auth=scram-sha-256", f"--pwfile={password}"),
            ],
            cwd=instance.server,
            env={"PATH": os.environ.get("PATH", "")},
            capture_output=True,
            text=True,
            check=False,
        )
    finally:
        password.unlink(missing_ok=True)
    if made.returncode:
        raise ServerError(f"initdb failed:\n{made.stderr.strip()[-600:]}")


def _password(instance: Instance) -> str:
    """The superuser's, drawn once; it is the sandbox's alone."""
    path = instance.folder / "password"
    if not path.exists():
        registry.private(instance.folder)
        registry.write(path, secrets.token_urlsafe(24))
    return path.read_text(encoding="utf-8")


def _wait(instance: Instance, running: Service, log: Path) -> None:
    until = time.monotonic() + PATIENCE
    why = ""
    while running.process.alive and time.monotonic() < until:
        try:
            ask(instance, "select 1;")
            return
        except ServerError as error:
            why = str(error)
        time.sleep(POLL)
    end(instance)
    raise ServerError(f"PostgreSQL did not start: {why}\n{logs.tail(log)}")
