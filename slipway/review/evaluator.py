"""Evaluates revisions in processes of their own: ``python -m slipway.review.evaluator``, a job to stdin, JSON back.

The engine and the SDKs are imported once, while the job is still being written. From there each revision has a process
(see :mod:`slipway.review.revision`), whose import path is the revision's, so that the revision's own components and
artifacts are used, whichever revision this tool is of; and from that one each evaluation is forked off.
"""

import contextlib
import gc
import json
import os
import selectors
import signal
import sys
import time
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from slipway.review import offline, sdk_modules
from slipway.review.revision import Outcome, Revision, failure
from slipway.wire.variables import HOME

PREPARING = 60.0
"""Seconds that a revision's modules have to be imported once; then each stack's evaluation imports them itself."""


@dataclass(kw_only=True)
class Pair:
    """A stack, and its revisions' folders; None where the revision does not have it."""

    stack: str
    base: str | None
    head: str | None
    outcomes: dict[str, Outcome] = field(default_factory=dict)

    def next_side(self) -> str:
        """Which revision is to be evaluated now; the head stands on what the base came to. Empty: none."""
        for side in ("base", "head"):
            if getattr(self, side) and side not in self.outcomes:
                return side
        return ""

    def before(self, side: str) -> list[Any] | None:
        """The state that a side is planned on top of."""
        base = self.outcomes.get("base")
        return base["state"] if side == "head" and base is not None and not base["error"] else None


def main() -> int:
    """Import, read the job, do it, write what was found."""
    gc.disable()  # what is imported stays: to look for what could go takes a third of the time
    state = Path(os.environ[HOME]) if os.environ.get(HOME) else None
    for package in offline.PACKAGES:  # now, while the tool's own modules can be imported
        offline.package_of(package)
    sdk_modules.load(sdk_modules.remembered(state) if state else ())
    job = json.load(sys.stdin)
    pairs = [Pair(**entry) for entry in job["pairs"]]
    sdk_modules.import_named({folder for pair in pairs for folder in (pair.base, pair.head) if folder})
    gc.freeze()
    gc.enable()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    with _Schedule(pairs, job["seconds"], os.urandom(32)) as schedule:
        schedule.run(job["parallel"])
    used: set[str] = set()
    for pair in pairs:
        for outcome in pair.outcomes.values():
            outcome.pop("state", None)
            used.update(outcome.pop("modules", ()))
    if state:
        sdk_modules.remember(used, state)
    json.dump({pair.stack: pair.outcomes for pair in pairs}, sys.stdout)
    return 0


class _Schedule:
    """Which evaluation runs when, and in which revision's process; ends those processes however it is left."""

    def __init__(self, pairs: list[Pair], seconds: float, key: bytes) -> None:
        self._pairs, self._seconds, self._key = pairs, seconds, key
        self._revisions: dict[str, Revision] = {}
        self._preparing: dict[str, float] = {}
        """Until when a revision that is not ready yet may take, by its folder."""
        self._running: dict[str, list[tuple[Pair, str]]] = {}
        self._selector = selectors.DefaultSelector()

    def __enter__(self) -> "_Schedule":
        return self

    def __exit__(self, *_: object) -> None:
        for revision in self._revisions.values():
            with contextlib.suppress(ChildProcessError):
                revision.end()
        self._selector.close()

    def run(self, parallel: int) -> None:
        """Evaluate all, at most ``parallel`` at a time."""
        for folder in {folder for pair in self._pairs for folder in (pair.base, pair.head) if folder}:
            self._start(folder, prepare=True)
        waiting = deque(pair for pair in self._pairs if pair.next_side())
        while waiting or any(self._running.values()):
            while waiting and sum(map(len, self._running.values())) < parallel:
                self._ask(waiting.popleft())
            for chosen, _ in self._ready():
                folder: str = chosen.data
                waiting.extendleft(pair for pair in self._read(folder) if pair.next_side())
            for folder in [name for name, until in self._preparing.items() if time.monotonic() > until]:
                self._start_again(folder)

    def _ready(self) -> list[tuple[selectors.SelectorKey, int]]:
        """The pipes from which can be read, after a second at the most; writes what can be written before that."""
        waiting = [revision for revision in self._revisions.values() if revision.requests]
        for revision in waiting:
            self._selector.register(revision.jobs, selectors.EVENT_WRITE, revision)
        ready = self._selector.select(timeout=1)
        for revision in waiting:
            self._selector.unregister(revision.jobs)
        for chosen, event in ready:
            if event & selectors.EVENT_WRITE:
                chosen.data.write()
        return [(chosen, event) for chosen, event in ready if event & selectors.EVENT_READ]

    def _start(self, folder: str, *, prepare: bool) -> None:
        inherited = [end for other in self._revisions.values() for end in (other.jobs, other.outcomes)]
        revision = Revision.start(Path(folder), self._seconds, self._key, inherited, prepare=prepare)
        self._revisions[folder] = revision
        self._running.setdefault(folder, [])
        if prepare:
            self._preparing[folder] = time.monotonic() + PREPARING
        self._selector.register(revision.outcomes, selectors.EVENT_READ, folder)

    def _stop(self, folder: str) -> int:
        revision = self._revisions.pop(folder)
        self._selector.unregister(revision.outcomes)
        return revision.end()

    def _start_again(self, folder: str) -> None:
        """Without its modules: importing them ended or hung the process; each evaluation meets that on its own."""
        self._preparing.pop(folder, None)
        self._stop(folder)
        self._start(folder, prepare=False)
        for pair, side in self._running[folder]:
            self._revisions[folder].ask(pair.stack, pair.before(side))

    def _ask(self, pair: Pair) -> None:
        side = pair.next_side()
        folder = getattr(pair, side)
        self._running[folder].append((pair, side))
        self._revisions[folder].ask(pair.stack, pair.before(side))

    def _read(self, folder: str) -> list[Pair]:
        """Take what a revision's process says; the pairs of which a side has ended."""
        lines = self._revisions[folder].read()
        if lines is None:
            if folder in self._preparing:
                self._start_again(folder)
                return []
            return self._lost(folder)
        ended = []
        for line in lines:
            if not line:
                self._preparing.pop(folder, None)
                continue
            pair, side = next(entry for entry in self._running[folder] if entry[0].stack == line["stack"])
            self._running[folder].remove((pair, side))
            pair.outcomes[side] = line["outcome"]
            ended.append(pair)
        return ended

    def _lost(self, folder: str) -> list[Pair]:
        """A revision's process has ended in mid-work: what it was asked for has failed."""
        status = self._stop(folder)
        self._start(folder, prepare=False)
        ended, self._running[folder] = self._running[folder], []
        for pair, side in ended:
            pair.outcomes[side] = failure(f"the process of the revision ended with status {status}")
        return [pair for pair, _ in ended]


if __name__ == "__main__":
    sys.exit(main())
