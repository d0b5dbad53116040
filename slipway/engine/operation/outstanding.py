"""The outputs that a program's end waits for, handed out a few at a time.

The SDK waits for all outstanding outputs at once and starts over whenever one is ready, which takes time with the
square of their number. This set, in place of the SDK's own, shows it some of them at a time, and those that failed
first of all, so that a failure ends the program as early as before.
"""

import asyncio
from collections.abc import Iterator

WINDOW = 64

Task = asyncio.Future  # of anything: the SDK's tasks


class Outstanding:
    """A set of futures as far as the SDK uses one; see the module."""

    def __init__(self) -> None:
        self._waiting: dict[Task, None] = {}
        self._failed: dict[Task, None] = {}
        self._shown: list[Task] = []
        self._alarm: Task | None = None

    def __len__(self) -> int:
        return len(self._waiting)

    def __iter__(self) -> Iterator[Task]:
        self._shown = [*self._failed]
        for task in self._waiting:
            if len(self._shown) >= WINDOW:
                break
            if task not in self._failed:
                self._shown.append(task)
        if len(self._shown) < len(self._waiting):
            if self._alarm is None or self._alarm.done():
                self._alarm = asyncio.get_running_loop().create_future()
            self._shown.append(self._alarm)
        yield from self._shown

    def add(self, task: Task) -> None:
        """Wait for it."""
        if task is self._alarm or task in self._waiting:
            return
        self._waiting[task] = None
        task.add_done_callback(self._ready)

    def discard(self, task: Task) -> None:
        """Wait for it no more."""
        self._waiting.pop(task, None)
        self._failed.pop(task, None)

    def remove(self, task: Task) -> None:
        """Wait for it no more. Raises KeyError for a task that is not in the set."""
        del self._waiting[task]
        self._failed.pop(task, None)

    def clear(self) -> None:
        """Forget those that were handed out last: who took them adds them again."""
        for task in self._shown:
            self.discard(task)

    def _ready(self, task: Task) -> None:
        """A failure outside of the window must be noticed at once."""
        if task in self._waiting and (task.cancelled() or task.exception() is not None):
            self._failed[task] = None
            if self._alarm is not None and not self._alarm.done():
                self._alarm.set_result(None)
