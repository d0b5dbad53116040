"""Processes that outlive the command: started in a session of their own, known again by pid and start time."""

import os
import subprocess
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

MARK = "SLIPWAY_SANDBOX_SERVICE"
"""The variable that every service and all it starts inherit: the sandbox's folder. An audit finds them by it."""

PASSED_ON = (
    "PATH",
    "HOME",
    "USER",
    "LANG",
    "TZ",
    "TMPDIR",
    "DOCKER_HOST",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "REQUESTS_CA_BUNDLE",
)
PASSED_ON_PREFIXES = ("LC_", "UV_", "PIP_", "XDG_", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "SLIPWAY_SANDBOX_")
POLL = 0.01
"""Seconds between two looks at a process that was asked to end."""
GRACE = 2.0
"""Seconds between asking a process to end and ending it."""


@dataclass(frozen=True)
class Process:
    """A process that was started: its pid, and when it began (seconds since the epoch), as pids are used again."""

    pid: int
    created: float

    @property
    def alive(self) -> bool:
        """Whether this very process still runs; one that has ended but is not waited for does not."""
        return self._found() is not None

    def tree(self) -> list[psutil.Process]:
        """The process and everything below it; empty where it is gone."""
        found = self._found()
        if found is None:
            return []
        try:
            return [found, *found.children(recursive=True)]
        except psutil.NoSuchProcess:
            return []

    def _found(self) -> psutil.Process | None:
        try:
            found = psutil.Process(self.pid)
            same = abs(found.create_time() - self.created) < 0.05
            return found if same and not _ended(found) else None
        except psutil.NoSuchProcess:
            return None


def spawn(
    words: Sequence[str],
    *,
    home: Path,
    log: Path,
    extra: Mapping[str, str],
    cwd: Path | None = None,
    descriptors: Sequence[int] = (),
) -> Process:
    """Start a process that outlives this one; it writes to ``log`` and reads nothing.

    It gets ``extra`` and little else of the environment: no credentials of real clouds. ``descriptors`` are open
    files that it inherits, under the same numbers.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        started = subprocess.Popen(
            list(words),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=cwd,
            env={**inherited(os.environ), **extra, MARK: str(home)},
            start_new_session=True,
            pass_fds=tuple(descriptors),
        )
    try:
        created = psutil.Process(started.pid).create_time()
    except psutil.NoSuchProcess:
        created = 0.0
    return Process(started.pid, created)


def inherited(environment: Mapping[str, str]) -> dict[str, str]:
    """What a service may see of the user's environment."""
    return {
        name: value
        for name, value in environment.items()
        if name in PASSED_ON or name.upper().startswith(PASSED_ON_PREFIXES)
    }


def end(processes: Iterable[Process]) -> None:
    """End processes and what they started: asked first, after :data:`GRACE` seconds forced."""
    _end([member for process in processes for member in process.tree()])


def marked(home: Path) -> Iterator[psutil.Process]:
    """Every running process that a service of this sandbox is or has started."""
    for process in psutil.process_iter():
        try:
            ours = process.pid != os.getpid() and process.environ().get(MARK) == str(home)
            if ours and not _ended(process):
                yield process
        except (psutil.Error, OSError):
            continue


def end_marked(home: Path) -> None:
    """End what a service of this sandbox left running below or beside it."""
    _end(list(marked(home)))


def _end(members: list[psutil.Process]) -> None:
    for member in members:
        _signal(member, force=False)
    stubborn = _outlasting(members, GRACE)
    for member in stubborn:
        _signal(member, force=True)
    _outlasting(stubborn, GRACE)


def _outlasting(members: list[psutil.Process], seconds: float) -> list[psutil.Process]:
    """Those that still run after some seconds; waits no longer than until none does.

    psutil's own waiting also waits for processes that have ended until their parent has taken note, and some systems'
    first process takes its time.
    """
    until = time.monotonic() + seconds
    while (members := [member for member in members if _runs(member)]) and time.monotonic() < until:
        time.sleep(POLL)
    return members


def _runs(member: psutil.Process) -> bool:
    with suppress(ChildProcessError):
        os.waitpid(member.pid, os.WNOHANG)  # what this process started itself is its own to take note of
    try:
        return member.is_running() and not _ended(member)
    except psutil.NoSuchProcess:
        return False


def _ended(process: psutil.Process) -> bool:
    """Whether it only waits for its parent to take note; while a thread of it is left, so are its files and ports."""
    return process.status() == psutil.STATUS_ZOMBIE and process.num_threads() <= 1


def _signal(member: psutil.Process, *, force: bool) -> None:
    with suppress(psutil.NoSuchProcess):
        member.kill() if force else member.terminate()
