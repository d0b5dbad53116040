"""How long a process of an app is waited for: by the clock where it waits, longer where it works on a busy machine."""

import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import psutil

WINDOW = 5.0
"""Seconds by the clock in which a process shows whether it works."""
WORKS = 0.02
"""Of that time a process has at least this part of a processor where it works, however busy the machine is."""
LONGEST = 6
"""So many times the limit is waited at most."""


@dataclass(kw_only=True)
class Patience:
    """The limit of a process: ``seconds`` of a processor where it works, ``seconds`` of the clock where it waits."""

    process: "subprocess.Popen[bytes]"
    seconds: float
    clock: Callable[[], float] = time.monotonic
    used: Callable[[int], float] | None = None
    """Seconds of processors that a process and those it has started have had, by its number."""
    _since: float = field(default=0.0, init=False)
    _seen: tuple[float, float] = field(default=(0.0, 0.0), init=False)

    def __post_init__(self) -> None:
        self._since = self.clock()
        self._seen = (self._since, 0.0)

    @property
    def exhausted(self) -> bool:
        """Whether it is waited for no longer."""
        now = self.clock()
        if now - self._since < self.seconds:
            return False
        used = (self.used or _used)(self.process.pid)
        if used >= self.seconds or now - self._since >= self.seconds * LONGEST:
            return True
        at, before = self._seen
        if now - at < WINDOW and at > self._since:
            return False
        worked = used - before
        self._seen = (now, used)
        return worked < WORKS * (now - at)

    def wait(self, content: bytes | None = None) -> bytes:
        """Give a process its input and wait for its end; its output. Raises :class:`subprocess.TimeoutExpired`."""
        while True:
            try:
                return self.process.communicate(content, timeout=1)[0] or b""
            except subprocess.TimeoutExpired:
                content = None
                if self.exhausted:
                    raise


def _used(number: int) -> float:
    try:
        process = psutil.Process(number)
        both = [process, *process.children(recursive=True)]
        times = [one.cpu_times() for one in both]
    except psutil.Error:
        return 0.0
    # Those that have ended count by the one that started them.
    return sum(one.user + one.system + one.children_user + one.children_system for one in times)
