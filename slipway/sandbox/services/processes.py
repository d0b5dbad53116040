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

PLAIN = ("PATH", "LANG", "LANGUAGE", "TZ", "TMPDIR", "LD_LIBRARY_PATH", "SSL_CERT_FILE", "SSL_CERT_DIR")
PLAIN_PREFIXES = ("LC_",)
"""What every process may see of the user's environment; nothing that a secret is ever put into."""
INSTALLING = (*PLAIN, "HOME", "USER", "DOCKER_HOST", "REQUESTS_CA_BUNDLE")
INSTALLING_PREFIXES = (*PLAIN_PREFIXES, "UV_", "PIP_", "XDG_", "SLIPWAY_SANDBOX_")
"""What a process may see that installs packages: the user's index, too, with the password that its address may hold."""
PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")
LOOPBACK = "127.0.0.1,localhost,.localhost,::1"
"""For NO_PROXY: what is on this machine is asked directly, whatever proxy leads to the rest of the world."""
POLL = 0.01
"""Seconds between two looks at a process that was asked to end."""
GRACE = 2.0
"""Seconds between asking a process to end and ending it."""


@dataclass(frozen=True)
class Process:
    """A process that was started: its pid, and when it began (:func:`beginning`), as pids are used again."""

    pid: int
    created: float

    @property
    def alive(self) -> bool:
        """Whether this very process still runs; one that has ended but is not waited for does not."""
        return self._found() is not None

    def tree(self) -> list[psutil.Process]:
        """The process and everything below it; empty where it is gone."""
        process = self._found()
        if process is None:
            return []
        try:
            return [process, *process.children(recursive=True)]
        except psutil.NoSuchProcess:
            return []

    def processor_seconds(self) -> float:
        """The processor's time that it has spent; 0 where it is gone."""
        process = self._found()
        try:
            spent = process.cpu_times() if process else None
        except psutil.NoSuchProcess:
            return 0.0
        return spent.user + spent.system if spent else 0.0

    def _found(self) -> psutil.Process | None:
        try:
            process = psutil.Process(self.pid)
            same = abs(beginning(process) - self.created) < 0.05
            return process if same and not _ended(process) else None
        except psutil.NoSuchProcess:
            return None


def beginning(process: psutil.Process) -> float:
    """When a process began: on Linux seconds since the machine's start, which no change of its clock moves.

    Elsewhere seconds since the epoch, as psutil has it; on Linux that is counted from a moment of the machine's start
    that the kernel reckons anew from the clock, and a clock that is set would make every service another process.
    Raises ``psutil.NoSuchProcess``.
    """
    if not psutil.LINUX:
        return process.create_time()
    try:
        text = Path(f"/proc/{process.pid}/stat").read_text(encoding="utf-8", errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        raise psutil.NoSuchProcess(process.pid) from None
    # The 22nd field; the second, in brackets, may hold anything: https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html
    return int(text.rpartition(")")[2].split()[19]) / os.sysconf("SC_CLK_TCK")


def spawn(
    words: Sequence[str],
    *,
    state_folder: Path,
    log: Path,
    extra: Mapping[str, str],
    cwd: Path | None = None,
    descriptors: Sequence[int] = (),
    installs: bool = False,
) -> Process:
    """Start a process that outlives this one; it writes to ``log`` and reads nothing.

    It gets ``extra`` and little else of the environment: no credentials of real clouds, and no index of packages unless
    it ``installs`` some. ``descriptors`` are open files that it inherits, under the same numbers. What it writes is its
    user's alone to read.
    """
    log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with os.fdopen(os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "ab") as output:
        started = subprocess.Popen(
            list(words),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=cwd,
            env={**inherited(os.environ, installs=installs), **extra, MARK: str(state_folder)},
            start_new_session=True,
            umask=0o077,
            pass_fds=tuple(descriptors),
        )
    try:
        created = beginning(psutil.Process(started.pid))
    except psutil.NoSuchProcess:
        created = 0.0
    return Process(started.pid, created)


def inherited(environment: Mapping[str, str], *, installs: bool) -> dict[str, str]:
    """What a process of the sandbox may see of the user's environment."""
    names, prefixes = (INSTALLING, INSTALLING_PREFIXES) if installs else (PLAIN, PLAIN_PREFIXES)
    variables = {name: value for name, value in environment.items() if name in names or name.startswith(prefixes)}
    return {**variables, **proxies(environment, with_password=installs)}


def proxies(environment: Mapping[str, str], *, with_password: bool) -> dict[str, str]:
    """The proxies of an environment, with this machine excepted; nothing where there are none."""
    chosen = {
        name: value
        for name, value in environment.items()
        if name.upper() in PROXIES and (with_password or "@" not in value)
    }
    if not chosen:
        return {}
    excepted = environment.get("NO_PROXY") or environment.get("no_proxy") or ""
    without = ",".join(filter(None, [excepted, LOOPBACK]))
    return {**chosen, "NO_PROXY": without, "no_proxy": without}


def end(processes: Iterable[Process], grace: float = GRACE) -> None:
    """End processes and what they started: asked first, after ``grace`` seconds forced."""
    _end([member for process in processes for member in process.tree()], grace)


def marked(state_folder: Path) -> Iterator[psutil.Process]:
    """Every running process that a service of this sandbox is or has started."""
    for process in psutil.process_iter():
        try:
            ours = process.pid != os.getpid() and process.environ().get(MARK) == str(state_folder)
            if ours and not _ended(process):
                yield process
        except (psutil.Error, OSError):
            continue


def folder_served(process: Process) -> Path | None:
    """The state folder that a service was started for; None where it has ended or does not say."""
    if not process.alive:
        return None
    try:
        folder = psutil.Process(process.pid).environ().get(MARK)
    except (psutil.Error, OSError):
        return None
    return Path(folder) if folder else None


def end_marked(state_folder: Path) -> None:
    """End what a service of this sandbox left running below or beside it."""
    _end(list(marked(state_folder)))


def _end(members: list[psutil.Process], grace: float = GRACE) -> None:
    for member in members:
        _signal(member, force=False)
    stubborn = _outlasting(members, grace)
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
