"""Brings a stack of the sandbox up, and again whenever a file of it is saved: from an edited line to its answer.

    up -> import what it imported -> wait for a saved file -> fork -> up -> …

Every ``up`` is a process forked from this one, which has imported what the last one did and derived the stack's key: it
starts where the command alone is after half a second. What is the program's own is imported by each anew. This process
runs nothing of the program, and no thread while it forks.
"""

import gc
import importlib
import json
import multiprocessing
import os
import signal
import subprocess
import sys
from collections.abc import Iterable, Sequence
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path
from types import ModuleType
from typing import Any

from slipway.errors import UserError, some
from slipway.stack.project import Project
from slipway.stack.session import Run, derive_key, reread
from slipway.stack.settings_file import config_of
from slipway.verbs.exit_status import status_of
from slipway.verbs.up import up

PROGRAM = ("Pulumi.yaml", "stacks", "components")
"""What every app of a stack depends on, below the project's root; and Python's files in the root itself."""
TOOL = Path(__file__).parents[1]
"""This package: where a file of it is saved, the command begins anew."""
SHOWN = 3
"""So many saved files are named."""
FORKS = sys.platform == "linux"
"""Elsewhere the systems' own libraries do not survive a fork; there, each ``up`` imports for itself."""
_processes: Any = multiprocessing.get_context("fork" if FORKS else "spawn")


def watch(run: Run) -> int:
    """Bring the stack up now and after every saved file, until Ctrl-C.

    Raises :class:`UserError` for a stack of a real cloud.
    """
    if not run.sandbox:
        raise UserError(
            f"the stack {run.stack!r} lives in a real cloud, where every saved file would be deployed and paid for: "
            f"watch the sandbox, and bring this one up with `slipway up --stack {run.stack}`"
        )
    declared, ups = Declared(run.project, run.stack), Ups(run)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)
    with Saved(run.project.root, declared.folders) as saved:
        try:
            while True:
                modules = ups.one()
                print(f"watching the stack {run.stack!r}: save a file, or end with Ctrl-C", flush=True)
                ups.prepare(modules)
                while not (files := declared.concerned(saved.wait())):
                    continue
                print(f"\nsaved: {in_words(run.project, files)}", flush=True)
                if any(file.is_relative_to(TOOL) for file in files):
                    saved.end()
                    os.execv(sys.executable, [sys.executable, "-m", "slipway", *sys.argv[1:]])  # noqa: S606
                declared.look()
                saved.begin(declared.folders)
        except KeyboardInterrupt:
            print(f"no longer watching; what is up stays up until `slipway destroy --stack {run.stack}`")
    return 0


def in_words(project: Project, files: Sequence[Path]) -> str:
    """The first of some saved files, and how many more there are."""
    named = [str(file.relative_to(project.root)) if file.is_relative_to(project.root) else str(file) for file in files]
    return some(named, SHOWN)


class Ups:
    """One `up` after the other, each in a process that has imported what the one before had to."""

    def __init__(self, run: Run) -> None:
        self._run = run

    def one(self) -> list[str]:
        """Run it once; the names of what it has imported, in order.

        Each Ctrl-C is passed on to it, and raised here when it has ended.
        """
        ours, theirs = _processes.Pipe(duplex=False)
        gc.freeze()
        process = _processes.Process(target=_run, args=(self._run, theirs))
        process.start()
        theirs.close()
        modules, interrupted = None, False
        while modules is None:
            try:
                modules = ours.recv()
            except EOFError:  # it was killed
                modules = []
            except KeyboardInterrupt:
                interrupted = True
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGINT)
        process.join()
        if interrupted:
            raise KeyboardInterrupt
        return modules

    def prepare(self, modules: Sequence[str]) -> None:
        """Import what the last one has imported and derive the key, so that the next one need not."""
        if not FORKS:
            return
        with suppress(UserError):  # the `up` prints the message
            if key := derive_key(self._run):
                key.result()
        # The program's own modules are imported by each `up`, for they may have changed.
        own = {path.stem for path in self._run.project.root.iterdir()} - {TOOL.name}
        for name in modules:  # in the order in which they were imported: a package before what is in it
            package = name.partition(".")[0]
            if package in own:
                continue
            try:
                # The first look at an attribute runs what is only ready to be run.
                getattr(importlib.import_module(name), "__all__", None)
            except Exception:
                for half in [one for one in sys.modules if one.partition(".")[0] == package]:
                    del sys.modules[half]


def _run(run: Run, pipe: Connection) -> None:
    """Be ``slipway up``, and tell what it has imported."""
    # The terminal's Ctrl-C is for the process that watches, which passes it on once.
    os.setpgid(0, 0)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
    status = status_of(lambda: up(reread(run)))
    with suppress(OSError):  # the process that watches was killed
        pipe.send(imported())
    sys.exit(status)


def imported() -> list[str]:
    """The names of the modules that this process has imported, in order.

    Pulumi's SDKs have one for every service of a cloud, of which most are only ready to be run at the first look at one
    of their attributes: those are not imported yet, and of another type.
    """
    return [name for name, module in sys.modules.items() if type(module) is ModuleType]


class Declared:
    """The files that a stack is made of, as its file says."""

    def __init__(self, project: Project, stack: str) -> None:
        """Raises :class:`UserError` where the stack's file cannot be read."""
        self._project, self._stack, self._file = project, stack, project.stack_file(stack)
        self._sources: list[Path] = []
        self._config: Any = None
        self._read()

    @property
    def folders(self) -> list[Path]:
        """What is to be watched: an app's folder from above, so that one that is made anew is seen again."""
        root = self._project.root
        above = [source.parent if source.parent != root else source for source in self._sources]
        folders = sorted({TOOL, *(root / name for name in PROGRAM), *above})
        return [folder for folder in folders if folder.is_dir() and not {*folder.parents} & {*folders}]

    def look(self) -> None:
        """Read the stack's file again; while it is broken, its former content counts."""
        with suppress(UserError):  # the `up` prints the message
            self._read()

    def concerned(self, saved: Iterable[Path]) -> list[Path]:
        """Those of some saved files that are the stack's; the other stacks' files and other folders are not.

        Its own file is where it says something new: an ``up`` writes it too.
        """
        root = self._project.root
        ours = [*self._sources, *(root / name for name in PROGRAM), TOOL]
        relevant = [path for path in saved if any(path.is_relative_to(one) for one in ours) or _is_module(path, root)]
        others = {self._file.with_name(f"Pulumi.{stack}.yaml") for stack in self._project.stacks} - {self._file}
        return [path for path in relevant if path not in others and (path != self._file or self._is_new())]

    def _is_new(self) -> bool:
        try:
            return config_of(self._project, self._stack) != self._config
        except UserError:
            return True

    def _read(self) -> None:
        self._config = config_of(self._project, self._stack)
        apps = self._config.get("slipway:apps") or {}
        named = [app.get("source") for app in apps.values() if isinstance(app, dict)]
        self._sources = [self._project.root / source for source in named if isinstance(source, str)]


def _is_module(path: Path, root: Path) -> bool:
    return path.parent == root and path.suffix == ".py"


class Saved:
    """The process that says which files were saved."""

    def __init__(self, root: Path, folders: list[Path]) -> None:
        self._root = root
        self._folders: list[Path] = []
        self._process: subprocess.Popen[str] | None = None
        self.begin(folders)

    def begin(self, folders: list[Path]) -> None:
        """Watch these, and no others any more; from when this returns, nothing is missed."""
        if folders == self._folders:
            return
        self.end()
        self._folders = folders
        words = [sys.executable, "-m", "slipway.verbs.saved_files", str(self._root), *map(str, folders)]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        # In a session of its own: Ctrl-C is for this process, which ends it.
        self._process = subprocess.Popen(words, start_new_session=True, **pipes)
        self.wait()  # until it watches

    def wait(self) -> list[Path]:
        """The files that were saved since the last time, once there are any. Raises :class:`UserError`."""
        line = self._process.stdout.readline() if self._process and self._process.stdout else ""
        if not line:
            raise UserError("what watches the files has ended: what it said is above")
        return [Path(path) for path in json.loads(line)]

    def end(self) -> None:
        """Watch no more."""
        if self._process:
            self._process.communicate()  # its end of the standard input is what it waits for
            self._process = None

    def __enter__(self) -> "Saved":
        return self

    def __exit__(self, *_: object) -> None:
        self.end()
