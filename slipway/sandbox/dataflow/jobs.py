"""Dataflow's jobs as processes: started, looked at, ended.

package -> unpacked -> a process of its own in Beam's environment -> a status file, written as long as it runs
"""

import configparser
import json
import os
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from slipway.bundle.kinds.beam_package import ENTRY_POINTS
from slipway.sandbox.dataflow import beam
from slipway.sandbox.running import app_user
from slipway.sandbox.running.unpack import HostileZipError, unpack
from slipway.sandbox.services import files, logs, processes, registry
from slipway.sandbox.services.processes import Process
from slipway.sandbox.stores.google import Record, Store, store_path

TOKEN = "SLIPWAY_STORAGE_TOKEN"  # noqa: S105 - a variable's name
KIND = "dataflow"
"""What the store calls a job."""
LAUNCHER = "slipway.sandbox.dataflow.inside.launcher"
MODULE = "main"
"""The module of a package that is run where it names no other one, as Flex Templates run one file."""
RUNNING, DONE, FAILED, CANCELLED = (f"JOB_STATE_{word}" for word in ("RUNNING", "DONE", "FAILED", "CANCELLED"))


class UnstartableError(Exception):
    """A job that cannot be started here; says why."""


@dataclass(frozen=True, kw_only=True)
class Transform:
    """One of a pipeline's outermost transforms."""

    name: str
    read: int
    """Elements."""
    written: int
    seconds: float
    """In its code, as the runner samples it."""


@dataclass(frozen=True, kw_only=True)
class Status:
    """How a job is."""

    id: str
    name: str
    state: str
    """As Dataflow has it: ``JOB_STATE_RUNNING``, ``JOB_STATE_DONE``, …"""
    error: str = ""
    began: float = 0.0
    """Seconds since the epoch."""
    seconds: float = 0.0
    """Since it began, until now or its end."""
    transforms: Sequence[Transform] = field(default_factory=tuple)

    @property
    def over(self) -> bool:
        """Whether nothing more will happen."""
        return self.state != RUNNING

    @property
    def finished(self) -> bool:
        """Whether it came to its end by itself."""
        return self.state == DONE

    @property
    def failed(self) -> bool:
        """Whether it ended without being done."""
        return self.state == FAILED


def folder_of(state_folder: Path, id: str) -> Path:
    """Where a job's files lie."""
    return registry.folder(state_folder) / "dataflow" / id


def log_path(state_folder: Path, id: str) -> Path:
    """The file that a job writes to."""
    return registry.folder(state_folder) / "logs" / f"dataflow.{id}.log"


def start(
    state_folder: Path,
    id: str,
    package: bytes,
    *,
    storage: str,
    token: str,
    words: Sequence[str],
    account: str,
    project: str,
    permissions: Mapping[str, Sequence[str]],
) -> Process:
    """Run a package with these words of the command line, as this service account.

    ``storage`` is where the storage emulator answers, ``token`` what it asks of a call; ``permissions`` are what the
    account may do, by bucket. Raises :class:`UnstartableError`.
    """
    folder = folder_of(state_folder, id)
    files.remove(folder)
    try:
        unpack(package, folder / "package")
    except HostileZipError as error:
        raise UnstartableError(f"the package cannot be unpacked: {error}") from error
    module = _module(folder / "package")
    if not (folder / "package" / f"{module.replace('.', '/')}.py").is_file():
        raise UnstartableError(f"the package has no {module.replace('.', '/')}.py: that is what a template runs")
    lock = next((path.read_bytes() for path in (folder / "package").glob("*.dist-info/requirements.txt")), b"")
    python = beam.python_for(lock)
    if python is None:
        raise UnstartableError(
            f"there is no environment with what the package pins, neither {beam.folder()} nor {beam.folder(lock)}: "
            "`slipway up` makes it (some hundred MB, once)"
        )
    log = log_path(state_folder, id)
    log.unlink(missing_ok=True)
    temporary = folder / "tmp"
    temporary.mkdir()
    job = {
        "package": str(folder / "package"),
        "module": module,
        "words": list(words),
        "status": str(folder / "status.json"),
        "log": str(log),
        "account": account,
        "project": project,
        "permissions": {bucket: sorted(may) for bucket, may in permissions.items()},
    }
    (folder / "job.json").write_text(json.dumps(job, indent=1), encoding="utf-8")
    ours = Path(sys.modules["slipway"].__path__[0])
    # The log is its own, too: the reason of a failure is looked for in it.
    log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.close(os.open(log, os.O_WRONLY | os.O_CREAT, 0o600))
    reads = [python.parents[1], ours, *app_user.own_prefixes()]
    return processes.spawn(
        [
            *app_user.words_before(state_folder, own=[folder, log], reads=reads),
            *(str(python), "-m", LAUNCHER, str(folder / "job.json")),
        ],
        state_folder=state_folder,
        log=log,
        extra={
            "STORAGE_EMULATOR_HOST": storage,
            TOKEN: token,
            "GOOGLE_CLOUD_PROJECT": project,
            "PYTHONPATH": str(ours.parent),
            "PYTHONUNBUFFERED": "1",
            "TMPDIR": str(temporary),  # Beam's runner leaves its own folders there
        },
        cwd=folder,
    )


def _module(package: Path) -> str:
    """The module that the package names among its entry points."""
    for path in package.glob("*.dist-info/entry_points.txt"):
        points = configparser.ConfigParser(delimiters=("=",))
        points.read_string(path.read_text(encoding="utf-8"))
        return points.get(ENTRY_POINTS, "main", fallback=MODULE)
    return MODULE


def status(state_folder: Path, record: Record) -> Status:
    """How a job of the store is. One whose process ended without a word has failed."""
    body = record.body
    report = _told(state_folder, record.name)
    state, error = report.get("state", RUNNING), report.get("error", "")
    if body.get("cancelled"):
        state, error = CANCELLED, ""
    elif state == RUNNING and not _process(record).alive:
        # It may have told its end between the two looks.
        report = _told(state_folder, record.name)
        state, error = report.get("state", RUNNING), report.get("error", "")
        if state == RUNNING:
            state = FAILED
            error = (
                f"its process ended before the pipeline did. Its log:\n{logs.tail(log_path(state_folder, record.name))}"
            )
    began = float(report.get("began", body["began"]))
    return Status(
        id=record.name,
        name=body["name"],
        state=state,
        error=error,
        began=began,
        seconds=(time.time() if state == RUNNING else float(report.get("seen", began))) - began,
        transforms=tuple(Transform(**row) for row in report.get("transforms", ())),
    )


def listed(state_folder: Path) -> list[Status]:
    """Every job that is known, the latest first."""
    if not store_path(state_folder).exists():
        return []
    records = sorted(Store(store_path(state_folder)).all(KIND), key=lambda record: record.body["began"], reverse=True)
    return [status(state_folder, record) for record in records]


def end(record: Record) -> None:
    """End a job's process, whatever it is doing."""
    processes.end([_process(record)])


def cancel(state_folder: Path, store: Store, id: str) -> None:
    """End a job before its time; one that has come to its end by itself meanwhile stays as it is."""
    record = store.get(KIND, id)
    if record is None or status(state_folder, record).over:
        return
    end(record)
    with store.transaction() as now:
        latest = now.get(KIND, id)
        if latest is not None and not status(state_folder, latest).finished:
            now.put(KIND, Record(id, latest.project, {**latest.body, "cancelled": True}))


def remove(state_folder: Path, record: Record) -> None:
    """End a job and remove its files."""
    end(record)
    files.remove(folder_of(state_folder, record.name))
    log_path(state_folder, record.name).unlink(missing_ok=True)


def end_all(state_folder: Path, project: str) -> None:
    """End every job of a project that is going away."""
    for record in Store(store_path(state_folder)).all(KIND, project):
        remove(state_folder, record)


def _process(record: Record) -> Process:
    return Process(record.body["process"]["pid"], record.body["process"]["created"])


def _told(state_folder: Path, id: str) -> dict[str, Any]:
    try:
        return json.loads((folder_of(state_folder, id) / "status.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
