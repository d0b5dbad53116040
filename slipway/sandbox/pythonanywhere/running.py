"""The processes of a stand-in: a worker a web app, and its tasks when their time comes."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from slipway.bundle.interpreters import interpreter, own_interpreter
from slipway.sandbox.pythonanywhere.webapps import wsgi_file
from slipway.sandbox.pythonanywhere.world import World
from slipway.sandbox.running import app_user, in_flight
from slipway.sandbox.services import processes, registry, sockets
from slipway.sandbox.services.registry import Service

PREFIX = "pythonanywhere/"
"""What its processes are called in the sandbox's registry of services."""
WORKER = Path(__file__).with_name("worker.py")


def name_of(domain: str) -> str:
    """A web app's process in the registry."""
    return f"{PREFIX}{domain.lower()}"


class Workers:
    """Starts, finds and ends what runs. ``state_folder`` is the sandbox's folder."""

    def __init__(self, state_folder: Path, world: World) -> None:
        self._state_folder, self._world, self._guard = state_folder, world, threading.RLock()

    def reload(self, domain: str) -> None:
        """Start the web app anew; requests wait at the new process's socket, the old one ends what it answers."""
        with self._guard:
            before = registry.load(self._state_folder).get(name_of(domain))
            self._start(domain)
            if before is not None:
                processes.end([before.process], in_flight.DRAIN_SECONDS)

    def forget(self, domain: str) -> None:
        """End its process."""
        with self._guard:
            running = registry.load(self._state_folder).get(name_of(domain))
            if running is not None:
                processes.end([running.process])
                registry.drop(self._state_folder, running.name)

    def running(self, domain: str) -> Path:
        """Where a web app listens, which is started where it has ended; who asks while it loads waits there."""
        with self._guard:
            service = registry.load(self._state_folder).get(name_of(domain))
            if service is None or not service.process.alive:
                self._start(domain)
        return self._socket(domain)

    def _socket(self, domain: str) -> Path:
        return sockets.path(self._state_folder, f"pythonanywhere.{domain.lower()}")

    def _start(self, domain: str) -> None:
        app = self._world.read()["webapps"][domain]
        folder = self._world.place(app["working_directory"])
        folder.mkdir(parents=True, exist_ok=True)
        self._world.own(folder)
        python, environment = self._python(app)
        installed = [Path(environment["VIRTUAL_ENV"])] if environment else []
        reads = [WORKER, *installed, *app_user.own_prefixes(), *app_user.prefixes(Path(python[0]))]
        before = app_user.words_before(self._state_folder, own=[self._world.root], reads=reads)
        with sockets.listen(self._socket(domain)) as listener:
            process = processes.spawn(
                [*before, *python, str(WORKER), str(self._world.place(wsgi_file(domain))), str(listener.fileno())],
                state_folder=self._state_folder,
                log=self.log(domain, "error"),
                extra={
                    "PYTHONANYWHERE_ROOT": str(self._world.root.resolve()),
                    "PYTHONANYWHERE_CWD": str(folder),
                    "PYTHONANYWHERE_SITE": "www.pythonanywhere.com",
                    "HOME": str(self._world.place("/".join(app["working_directory"].split("/")[:3]))),
                    **environment,
                },
                cwd=folder,
                descriptors=[listener.fileno()],
            )
        registry.put(self._state_folder, Service(name_of(domain), process))
        self.note(
            domain, "server", f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S} *** {python[0]} {app['python_version']} ***"
        )

    def _python(self, app: dict[str, Any]) -> tuple[list[str], dict[str, str]]:
        """The web app's Python, or this machine's where it has no such; or a virtual environment's, made as its user
        would in a console.

        Of the machine's own its packages are left out (``-S``): they would hide that an app lacks its own.
        """
        if not app["virtualenv_path"]:
            return [interpreter(app["python_version"]) or own_interpreter(), "-u", "-I", "-S"], {}
        from slipway.sandbox.running.requirements import environment

        virtual_environment = environment(
            self._state_folder,
            self._world.place(app["source_directory"]),
            needs_gunicorn=False,
            python=app["python_version"],
        )
        python = str(virtual_environment / "bin" / "python")
        return [python, "-u", "-I"], {"VIRTUAL_ENV": str(virtual_environment)}

    def log(self, domain: str, kind: str) -> Path:
        """A log of a web app: ``access``, ``error`` or ``server``."""
        return self._world.place(f"/var/log/{domain.lower()}.{kind}.log")

    def note(self, domain: str, kind: str, line: str) -> None:
        """Add a line to a log."""
        path = self.log(domain, kind)
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a", encoding="utf-8") as file:
            file.write(f"{line}\n")


class Tasks:
    """Runs the tasks: those of the clock once in their minute (UTC), the always-on ones whenever they do not run."""

    def __init__(
        self, state_folder: Path, world: World, now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._state_folder, self._world, self._now = state_folder, world, now
        self._running: dict[str, processes.Process] = {}
        self._last = ""

    def tick(self) -> list[str]:
        """Start what is due, end what is gone; the names of what was started."""
        state, now = self._world.read(), self._now()
        enabled = {f"always_on-{id}": task for id, task in state["always_on"].items() if task["enabled"]}
        for name in [name for name in self._running if name.startswith("always_on") and name not in enabled]:
            processes.end([self._running.pop(name)])
        due = {name: task for name, task in enabled.items() if not self._alive(name)}
        if (minute := f"{now:%Y-%m-%d %H:%M}") != self._last:
            self._last = minute
            due |= {f"schedule-{id}": task for id, task in state["schedule"].items() if _is_due(task, now)}
        for name, task in due.items():
            self._running[name] = self._spawn(task)
        return sorted(due)

    def run(self, ended: threading.Event) -> None:
        """Tick until the end."""
        while not ended.wait(1.0):
            self.tick()

    def _alive(self, name: str) -> bool:
        return name in self._running and self._running[name].alive

    def _spawn(self, task: dict[str, Any]) -> processes.Process:
        """Its shell has the account's home where it is on this machine."""
        root, home = str(self._world.root.resolve()), f"/home/{task['user']}"
        folder = self._world.place(home)
        folder.mkdir(parents=True, exist_ok=True)
        command = task["command"].replace(f"{home}/", f"{root}{home}/")
        log = self._world.place(task["logfile"])
        extra = {"PYTHONANYWHERE_ROOT": root}
        environments = registry.folder(self._state_folder) / "environments"
        reads = [*([environments] if environments.exists() else []), *app_user.own_prefixes()]
        words = [
            *app_user.words_before(self._state_folder, own=[self._world.root], reads=reads),
            "/bin/sh",
            "-c",
            command,
        ]
        return processes.spawn(words, state_folder=self._state_folder, log=log, extra=extra, cwd=folder)


def _is_due(task: dict[str, Any], now: datetime) -> bool:
    return task["enabled"] and task["minute"] == now.minute and task["hour"] in (None, now.hour)
