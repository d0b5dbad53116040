"""Watches the services while an engine acts on them, and ends one that hangs, so that what waits for it fails at once.

ask each service every few seconds -> how long it has been silent, and the processor's time that it spent -> end it

A client waits minutes for a server that takes connections and answers nothing; one that is gone is noticed at once.
"""

import logging
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from slipway.sandbox.composition import reserve
from slipway.sandbox.composition.definitions import DEFINITIONS
from slipway.sandbox.services import health, processes, registry
from slipway.sandbox.services.processes import Process

EVERY = 2.0
"""Seconds between two rounds of questions."""
TICK = 0.25
"""Seconds between two looks at the disk."""
STUCK = 8.0
"""Seconds without an answer and without any work of the processor after which a service counts as hung."""
SILENT = 20.0
"""Seconds without an answer after which it does, however busy it is: longer than a loaded machine keeps one from it."""
QUESTIONS = 3
"""So many in a row are left without an answer: a command that was stopped by Ctrl-Z and goes on asks anew first."""


@dataclass(kw_only=True)
class Watch:
    """How long one process has been silent. Times are seconds of one clock that only goes forward."""

    process: Process
    since: float
    """When it answered last, or was first seen."""
    worked: float
    """Seconds of the processor that it had spent then, or when it was last seen to work."""
    idle_since: float
    unanswered: int = 0

    def silent(self, now: float, worked: float) -> bool:
        """Note that it gave no answer; whether it hangs."""
        self.unanswered += 1
        if worked > self.worked:
            self.worked, self.idle_since = worked, now
        long = now - self.since >= SILENT or now - self.idle_since >= STUCK
        return long and self.unanswered >= QUESTIONS


@dataclass(kw_only=True)
class Watchdog:
    """The services of one sandbox, and those that were ended because they hang."""

    state_folder: Path
    clock: Callable[[], float] = time.monotonic
    ended: list[str] = field(default_factory=list)
    _watches: dict[str, Watch] = field(default_factory=dict)

    def look(self) -> None:
        """Ask every service once, and end those that hang."""
        services = registry.load(self.state_folder)
        for definition in DEFINITIONS:
            service = services.get(definition.name)
            if service is None or not service.process.alive:
                self._watches.pop(definition.name, None)
                continue
            well = health.answers_now(self.state_folder, definition, service)
            now, worked = self.clock(), service.process.processor_seconds()
            watch = self._watches.get(definition.name)
            if well or watch is None or watch.process != service.process:
                fresh = Watch(process=service.process, since=now, worked=worked, idle_since=now)
                self._watches[definition.name] = fresh
            elif watch.silent(now, worked):
                self.ended.append(definition.name)
                seconds = round(now - watch.since)
                print(f"{definition.name} has not answered for {seconds} s: it hangs, and is ended", file=sys.stderr)
                processes.end([service.process])


@contextmanager
def watched(state_folder: Path) -> Iterator[Watchdog]:
    """Watch the services of a sandbox for the time of the ``with``; the watchdog knows which it has ended.

    Raises OSError, before anything is done, where the disk has no room left to write a state.
    """
    watchdog, over = Watchdog(state_folder=state_folder), threading.Event()
    reserve.set_aside(state_folder)

    def watch() -> None:
        next_round = watchdog.clock() + EVERY
        while not over.wait(TICK):
            try:
                if reserve.give_back(state_folder):
                    print(
                        f"the disk of {state_folder} is full: a reserve of {reserve.BYTES >> 20} MB is used to write "
                        "the state; free some room, as with `slipway bundle --clean`",
                        file=sys.stderr,
                    )
                if watchdog.clock() >= next_round:
                    watchdog.look()
                    next_round = watchdog.clock() + EVERY
            except (OSError, ValueError) as error:  # the state folder is removed, or written at this moment
                logging.getLogger(__name__).debug("the services could not be looked at: %s", error)

    thread = threading.Thread(target=watch, name="watchdog", daemon=True)
    thread.start()
    try:
        yield watchdog
    finally:
        over.set()
        thread.join(health.ANSWER)
        reserve.end(state_folder)
