"""Apps whose process has ended are started again, as their platforms do; how often is counted.

    an app that was up and has ended -> a second look -> started -> counted; the next time after a longer wait

https://cloud.google.com/appengine/docs/standard/how-instances-are-managed says it of App Engine; on Elastic Beanstalk
systemd does it: https://docs.aws.amazon.com/elasticbeanstalk/latest/dg/platforms-linux-extend.proxy.html.
"""

import json
import threading
import time
from collections.abc import Callable, Collection, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from slipway.sandbox.running import memory
from slipway.sandbox.services import registry

TICK = 1.0
"""Seconds between two looks. An app is started at the second one, so that none comes back while a sandbox ends."""
LONGEST = 60.0
"""Seconds between two starts of an app that ends again and again; it counts as well after as many."""
AT_ONCE = 4


@dataclass(frozen=True, kw_only=True)
class Kind:
    """The apps of a platform."""

    declared: Callable[[Path], Collection[str]]
    """Given the state folder: the names in the registry of those that are to run."""
    start: Callable[[Path, str], bool]
    """Start one of them, unless it runs or is no longer declared; whether that was tried."""


@dataclass(kw_only=True)
class _Ended:
    times: int = 0
    """In a row."""
    due: float
    """When it is started again, in seconds of one clock that only goes forward."""
    started: float | None = None


@dataclass(kw_only=True)
class Restarter:
    """Looks after the apps of one sandbox."""

    state_folder: Path
    kinds: Sequence[Kind]
    clock: Callable[[], float] = time.monotonic
    _ended: dict[str, _Ended] = field(default_factory=dict)

    def run(self, stopped: threading.Event) -> None:
        """Look until the end."""
        with ThreadPoolExecutor(AT_ONCE) as pool:
            while not stopped.wait(TICK):
                for kind, name in self.due():
                    pool.submit(self._again, kind, name)

    def due(self) -> list[tuple[Kind, str]]:
        """The apps to start now: they have ended, and their time has come."""
        running = registry.load(self.state_folder)
        ended = {name for name, service in running.items() if not service.process.alive}
        if not ended and not self._ended:
            return []
        now = self.clock()
        self._ended = {
            name: one
            for name, one in self._ended.items()
            if name in ended or (name in running and now - (one.started or now) <= LONGEST)
        }
        names = [(kind, name) for kind in self.kinds for name in kind.declared(self.state_folder)]
        return [(kind, name) for kind, name in names if name in ended and self._is_due(name, now)]

    def _is_due(self, name: str, now: float) -> bool:
        one = self._ended.get(name)
        if one is None:
            self._ended[name] = _Ended(due=now + TICK)
        elif one.started is not None:
            self._ended[name] = _Ended(times=one.times, due=now + min(TICK * 2**one.times, LONGEST))
        elif now >= one.due:
            self._ended[name] = _Ended(times=one.times + 1, due=now, started=now)
            return True
        return False

    def _again(self, kind: Kind, name: str) -> None:
        killed = memory.kills(self.state_folder, name)
        if kind.start(self.state_folder, name):
            _count(self.state_folder, name, killed)


def alone(state_folder: Path, name: str) -> AbstractContextManager[None]:
    """The lock under which an app is started or taken away: a deployment, an `up` and the sandbox itself all do it."""
    return registry.locked(state_folder, f"app.{_digest(name)}")


def times(state_folder: Path, names: Iterable[str]) -> int:
    """How often apps were started again: the most of one."""
    return max((_counted(state_folder, name)["times"] for name in names), default=0)


def killed(state_folder: Path, names: Iterable[str]) -> int:
    """How many processes of apps used up their memory, before their last start and after it."""
    return sum(memory.kills(state_folder, name) + _counted(state_folder, name)["killed"] for name in names)


def forget(state_folder: Path, name: str) -> None:
    """Count an app anew."""
    _place(state_folder, name).unlink(missing_ok=True)


def _count(state_folder: Path, name: str, more: int) -> None:
    before, place = _counted(state_folder, name), _place(state_folder, name)
    registry.private(place.parent)
    registry.write(place, json.dumps({"times": before["times"] + 1, "killed": before["killed"] + more}))


def _counted(state_folder: Path, name: str) -> dict[str, int]:
    try:
        return json.loads(_place(state_folder, name).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {"times": 0, "killed": 0}


def _place(state_folder: Path, name: str) -> Path:
    return registry.folder(state_folder) / "restarts" / f"{_digest(name)}.json"


def _digest(name: str) -> str:
    return sha256(name.encode()).hexdigest()[:12]
