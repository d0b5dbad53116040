"""A client of the launcher: engines and providers as processes that a test can wait for and signal."""

import json
import os
import signal
import subprocess
import sys
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
PATIENCE = 60.0
"""Seconds after which a command that has not ended is a finding."""


@dataclass
class Running:
    """A process that was started."""

    what: str
    output: Path
    errors: Path
    pid: int = 0
    status: int | None = None
    started: threading.Event = field(default_factory=threading.Event)
    ended: threading.Event = field(default_factory=threading.Event)

    def wait(self, seconds: float = PATIENCE) -> int:
        """Its exit status, or minus the signal that ended it. Raises TimeoutError, and ends it then."""
        if not self.ended.wait(seconds):
            self.signal(signal.SIGKILL)
            raise TimeoutError(f"{self.what} did not end within {seconds} s:\n{self.said}")
        assert self.status is not None
        return self.status

    def signal(self, number: int) -> None:
        """Send it a signal; nothing where it has ended."""
        if not self.ended.is_set():
            try:
                os.kill(self.pid, number)
            except ProcessLookupError:
                return

    @property
    def said(self) -> str:
        """What it wrote so far."""
        return self.output.read_text(errors="replace") + self.errors.read_text(errors="replace")


class Launcher:
    """The process that forks; one for a test session. ``keys`` are the modules whose stacks' keys it derives."""

    def __init__(self, *keys: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.launcher", *keys],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )
        self._guard = threading.Lock()
        self._running: list[Running] = []
        self._ready = threading.Event()
        self._over = False
        threading.Thread(target=self._listen, daemon=True).start()
        if not self._ready.wait(PATIENCE) or self._over:
            raise TimeoutError("the launcher did not start: what it has printed says why")

    def start(
        self, what: str, args: list[str], *, cwd: Path, env: dict[str, str], output: Path, errors: Path, limit: int = 0
    ) -> Running:
        """Start an engine or a provider; ``limit`` is the size (bytes) past which no file of its grows, 0 for none."""
        running = Running(f"{what} {' '.join(args)}", output, errors)
        output.touch()
        errors.touch()
        with self._guard:
            request = {"number": len(self._running), "what": what, "args": args, "cwd": str(cwd), "env": env}
            self._running.append(running)
            line = json.dumps(request | {"output": str(output), "errors": str(errors), "limit": limit})
            assert self._process.stdin
            self._process.stdin.write(f"{line}\n".encode())
            self._process.stdin.flush()
        if not running.started.wait(PATIENCE):
            raise TimeoutError(f"{running.what} was not started")
        return running

    def close(self) -> None:
        """End it, and everything it started."""
        assert self._process.stdin
        self._process.stdin.close()
        self._process.wait(PATIENCE)

    def _listen(self) -> None:
        assert self._process.stdout
        for line in self._process.stdout:
            told: dict[str, Any] = json.loads(line)
            if "ready" in told:
                self._ready.set()
                continue
            running = self._running[told["number"]]
            if "pid" in told:
                running.pid = told["pid"]
                running.started.set()
            else:
                running.status = told["status"]
                running.ended.set()
        self._over = True
        self._ready.set()
