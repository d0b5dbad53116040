"""A revision's process: has the SDKs from its parent, imports the revision's modules, and forks off each evaluation.

Jobs come through a pipe as JSON lines (``stack``, ``before``), outcomes go back the same way (``stack``, ``outcome``),
never as code. The first line back is ``{}``: ready.
"""

import contextlib
import ctypes
import json
import os
import selectors
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

from slipway.review import own_modules, sdk_modules
from slipway.review.evaluate import evaluate

Outcome = dict[str, Any]

PR_SET_PDEATHSIG = 1
"""prctl(2): the signal that a process gets when its parent ends."""

HAS_THREADS = 3
"""The exit status of a process whose modules started threads as they were imported: it must not fork any more."""


@dataclass(frozen=True, kw_only=True)
class Revision:
    """A revision's process, for the one that schedules."""

    pid: int
    jobs: int
    """The pipe into which jobs are written."""
    outcomes: int
    """The pipe from which outcomes are read."""
    lines: bytearray = field(default_factory=bytearray)
    """What has been read and is no whole line yet."""
    requests: bytearray = field(default_factory=bytearray)
    """What is still to be written: writing never waits, as the process may be waiting to be read."""

    @classmethod
    def start(cls, folder: Path, seconds: float, key: bytes, inherited: list[int], *, prepare: bool) -> "Revision":
        """Fork it off. ``inherited`` are descriptors of this process that are not for it."""
        jobs, outcomes = os.pipe(), os.pipe()
        pid = os.fork()
        if pid == 0:
            for descriptor in (jobs[1], outcomes[0], *inherited):
                os.close(descriptor)
            _Host(folder, seconds, key, jobs[0], outcomes[1]).work(prepare=prepare)
        os.close(jobs[0])
        os.close(outcomes[1])
        os.set_blocking(jobs[1], False)
        return cls(pid=pid, jobs=jobs[1], outcomes=outcomes[0])

    def ask(self, stack: str, before: list[Any] | None) -> None:
        """Have it evaluate a stack on top of the state ``before``."""
        self.requests.extend(json.dumps({"stack": stack, "before": before}).encode() + b"\n")

    def write(self) -> None:
        """Write as much of the requests as the pipe takes now."""
        try:
            del self.requests[: os.write(self.jobs, self.requests)]
        except BlockingIOError:
            pass
        except BrokenPipeError:  # it has ended: the next read shows that
            self.requests.clear()

    def read(self) -> list[dict[str, Any]] | None:
        """The lines that have come; None when it has ended."""
        data = os.read(self.outcomes, 1 << 20)
        return [json.loads(line) for line in _whole_lines(self.lines, data)] if data else None

    def end(self) -> int:
        """End it with its children, if it still runs; its exit status."""
        for descriptor in (self.jobs, self.outcomes):
            os.close(descriptor)
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGTERM)
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])


def _whole_lines(rest: bytearray, data: bytes) -> list[bytes]:
    """The lines that are whole with what has come; ``rest`` keeps what is not."""
    *whole, rest[:] = bytes(rest + data).split(b"\n")
    return whole


@dataclass(kw_only=True)
class _Child:
    """The process of one evaluation."""

    stack: str
    pid: int
    pipe: int
    errors: Any
    until: float
    text: bytearray = field(default_factory=bytearray)

    def outcome(self) -> Outcome:
        """What it came to, once its end of the pipe is closed."""
        os.close(self.pipe)
        _, status = os.waitpid(self.pid, 0)
        self.errors.seek(0)
        text = self.errors.read().decode(errors="replace").strip()
        self.errors.close()
        late = time.monotonic() > self.until
        with contextlib.suppress(ValueError):
            document = json.loads(self.text)
            if isinstance(document, dict) and not status:
                return document
        how = "did not end in time" if late else f"ended with status {os.waitstatus_to_exitcode(status)}"
        return failure(f"the evaluation {how}" + (f":\n{text[-2000:]}" if text else ""))

    def end(self) -> None:
        """End it and what it started: it leads a group of its own."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)


def failure(error: str) -> Outcome:
    """The outcome of an evaluation that came to none."""
    return {"error": error, "diagnostics": [], "config": {}, "outputs": {}, "steps": [], "state": []}


class _Host:
    """The loop of a revision's process."""

    def __init__(self, folder: Path, seconds: float, key: bytes, jobs: int, outcomes: int) -> None:
        self._folder, self._seconds, self._key = folder, seconds, key
        self._jobs, self._outcomes = jobs, outcomes
        self._children: list[_Child] = []

    def work(self, *, prepare: bool) -> NoReturn:
        """Take jobs until there are no more; never returns."""
        status = 1
        try:
            _end_with_parent()
            signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
            with contextlib.suppress(OSError):
                nothing = os.open(os.devnull, os.O_RDWR)
                for standard in (0, 1, 2):
                    os.dup2(nothing, standard)
            own_modules.enter(self._folder)
            if prepare:
                own_modules.import_own(self._folder)
            if threading.active_count() > 1:
                status = HAS_THREADS
            else:
                self._say({})
                self._loop()
                status = 0
        finally:
            for child in self._children:
                child.end()
            os._exit(status)

    def _say(self, line: Mapping[str, Any]) -> None:
        text = json.dumps(line).encode() + b"\n"
        while text:
            text = text[os.write(self._outcomes, text) :]

    def _loop(self) -> None:
        requests, open_ = bytearray(), True
        with selectors.DefaultSelector() as selector:
            selector.register(self._jobs, selectors.EVENT_READ, None)
            while open_ or self._children:
                for chosen, _ in selector.select(timeout=1):
                    child: _Child | None = chosen.data
                    data = os.read(chosen.fd, 1 << 20)
                    if child is None:
                        for line in _whole_lines(requests, data):
                            started = self._fork(**json.loads(line))
                            selector.register(started.pipe, selectors.EVENT_READ, started)
                        if not data:
                            open_ = False
                            selector.unregister(self._jobs)
                    elif data:
                        child.text += data
                    else:
                        selector.unregister(child.pipe)
                        self._children.remove(child)
                        self._say({"stack": child.stack, "outcome": child.outcome()})
                for child in self._children:
                    if time.monotonic() > child.until:
                        child.end()

    def _fork(self, stack: str, before: list[Any] | None) -> _Child:
        reading, writing = os.pipe()
        errors = tempfile.TemporaryFile()  # noqa: SIM115 - closed when the child has ended
        others = [child.pipe for child in self._children]
        pid = os.fork()
        if pid == 0:
            for descriptor in (reading, self._jobs, self._outcomes, *others):
                os.close(descriptor)
            _evaluate(self._folder, stack, before, self._key, writing, errors.fileno())
        os.close(writing)
        child = _Child(stack=stack, pid=pid, pipe=reading, errors=errors, until=time.monotonic() + self._seconds)
        self._children.append(child)
        return child


def _evaluate(folder: Path, stack: str, before: list[Any] | None, key: bytes, answer: int, errors: int) -> NoReturn:
    """Evaluate, answer and end; never returns."""
    status = 1
    try:
        os.setpgid(0, 0)
        _end_with_parent()
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        with contextlib.suppress(OSError):
            os.dup2(errors, 1)
            os.dup2(errors, 2)
        text = json.dumps({**evaluate(folder, stack, before, key), "modules": sdk_modules.loaded()}).encode()
        with os.fdopen(answer, "wb") as pipe:
            pipe.write(text)
        status = 0
    except BaseException as error:
        os.write(errors, f"{type(error).__name__}: {error}\n".encode())
    finally:
        os._exit(status)


def _end_with_parent() -> None:
    """Have the system end this process as soon as its parent is gone, however that ended (Linux; elsewhere not)."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
