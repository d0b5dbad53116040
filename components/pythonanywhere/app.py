"""Web app on PythonAnywhere: its files, its WSGI file, what is served beside it, what runs without being asked."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pulumi

from components.files import stored
from components.pythonanywhere.resources import (
    AlwaysOnTask,
    Files,
    Reload,
    ScheduledTask,
    StaticMapping,
    Webapp,
    WsgiFile,
)
from slipway.bundle import Artifact
from slipway.bundle.kinds.pythonanywhere_zip import PACKAGES
from slipway.providers.pythonanywhere.files import manifest_of
from slipway.providers.pythonanywhere.wsgi import record_of

FOLDER = re.compile(r"(?:[^*?\[]*/)?[^*?\[./]+")
"""A path of data that is a folder by its look: neither a pattern nor a name with a suffix, as ``db.sqlite3``."""


@dataclass(frozen=True, kw_only=True)
class Daily:
    """A command and when it runs (UTC); without ``hour`` it runs in every hour."""

    command: str
    minute: int
    hour: int | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.minute <= 59 or not 0 <= (self.hour or 0) <= 23:
            raise ValueError(f"a task runs at hour 0 to 23, minute 0 to 59, got {self.hour} and {self.minute}")


@dataclass(frozen=True, kw_only=True)
class PythonAnywhereAppArgs:
    """An app, and where it goes in an account."""

    domain: str
    """``USER.pythonanywhere.com``, or a domain of one's own."""
    directory: str
    """Below ``/home/USER``; what the app writes there stays when the stack goes."""
    artifact: Artifact
    entry: str
    """``module.application``."""
    python: str
    """As ``3.13``."""
    virtualenv: str = ""
    """A virtual environment that somebody made in a console; "" where the dependencies come with the artifact."""
    env: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)
    data: Sequence[str] = ()
    """Files and folders that the app writes itself, as paths or patterns: never written over, nor deleted."""
    changed: str = "refuse"
    """What becomes of other files that were changed there: ``refuse`` stops, ``keep`` and ``overwrite`` choose."""
    static: Mapping[str, str] = field(default_factory=dict)
    """URL -> folder of the app."""
    release: str = ""
    """A command that runs once for each version before it serves; "" for none."""
    tasks: Mapping[str, Daily] = field(default_factory=dict)
    always_on: Mapping[str, str] = field(default_factory=dict)
    """Name -> command."""
    label: str = ""
    """What the descriptions of tasks begin with: an account has one list of them for everything."""

    def __post_init__(self) -> None:
        packed = any(path.startswith(PACKAGES) for path in self.artifact.manifest)
        if packed and self.virtualenv:
            raise ValueError(f"the artifact brings its dependencies: leave virtualenv out, got {self.virtualenv!r}")


class PythonAnywhereApp(pulumi.ComponentResource):
    """A web app that is loaded anew whenever its files, its variables or its Python change."""

    url: pulumi.Output[str]
    tasks: dict[str, pulumi.Output[str]]
    """Name -> id, of scheduled tasks."""

    def __init__(self, name: str, args: PythonAnywhereAppArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("slipway:pythonanywhere:PythonAnywhereApp", name, {}, opts)
        self.name, self._args = name, args
        self._manifest = manifest_of(args.artifact.manifest, PACKAGES)
        self._pack = next((path for path in self._manifest if path.startswith(PACKAGES)), "")
        webapp = self._webapp()
        files = Files(
            name,
            directory=args.directory,
            source=pulumi.FileArchive(stored(args.artifact.path)),
            manifest=self._manifest,
            packed=PACKAGES if self._pack else "",
            data=args.data,
            changed=args.changed,
            opts=self._child(),
        )
        reload = self._serve(webapp, files)
        self.tasks = {key: task.id for key, task in self._scheduled(files).items()}
        for key, command in args.always_on.items():
            opts = self._child(files)
            AlwaysOnTask(f"{name}-{key}", command=self._here(command), description=self._called(key), opts=opts)
        self.url = webapp.url
        # The reload too: the outputs are complete, and the app counts as live, only once its code is loaded.
        self.register_outputs({"url": self.url, "tasks": self.tasks, "reload": reload.id})

    def _child(self, *needed: pulumi.Resource) -> pulumi.ResourceOptions:
        return pulumi.ResourceOptions(parent=self, depends_on=list(needed))

    def _webapp(self) -> Webapp:
        args = self._args
        return Webapp(
            self.name,
            domain_name=args.domain,
            python_version=args.python,
            source_directory=args.directory,
            working_directory=args.directory,
            virtualenv_path=args.virtualenv,
            opts=self._child(),
        )

    def _serve(self, webapp: Webapp, files: Files) -> Reload:
        """The way into the code, after PythonAnywhere has put its own in the place; at the end the reload."""
        args, domain = self._args, self._args.domain
        # Once for each version: of the same files and command.
        key = hashlib.sha256(f"{args.artifact.digest} {args.release}".encode()).hexdigest()[:16]
        wsgi = WsgiFile(
            self.name,
            domain_name=domain,
            directory=args.directory,
            entry=args.entry,
            pack=self._pack,
            environment=args.env,
            release={"command": args.release, "key": key} if args.release else None,
            folders=[path for path in args.data if FOLDER.fullmatch(path)],
            opts=self._child(webapp),
        )
        mappings = [
            StaticMapping(
                f"{self.name}-{url.strip('/').replace('/', '-') or 'root'}",
                domain_name=domain,
                url=url,
                path=f"{args.directory}/{folder.strip('/')}",
                opts=self._child(webapp),
            )
            for url, folder in args.static.items()
        ]
        triggers = {
            "files": args.artifact.digest,
            "wsgi": wsgi.digest,
            "python": args.python,
            "virtualenv": args.virtualenv,
            "static": dict(args.static),
        }
        return Reload(
            self.name,
            domain_name=domain,
            triggers=triggers,
            release=record_of(args.directory, key) if args.release else None,
            opts=self._child(webapp, files, wsgi, *mappings),
        )

    def _scheduled(self, files: Files) -> dict[str, ScheduledTask]:
        return {
            key: ScheduledTask(
                f"{self.name}-{key}",
                command=self._here(task.command),
                hour=task.hour,
                minute=task.minute,
                description=self._called(key),
                opts=self._child(files),
            )
            for key, task in self._args.tasks.items()
        }

    def _called(self, key: str) -> str:
        """A task's description, by which one that an interrupted deployment has made is known again."""
        return f"{self._args.label or self.name}: {key}"

    def _here(self, command: str) -> str:
        """A task's command in the app's folder, with its dependencies: unpacked once the app was asked, else packed."""
        result = f"cd {self._args.directory}/ && "
        if self._pack:
            result += f"PYTHONPATH={self._pack.removesuffix('.zip')}:{self._pack} "
        return result + command
