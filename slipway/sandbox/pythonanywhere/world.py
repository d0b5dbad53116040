"""What a stand-in keeps: a JSON file for what the API tells of, a folder that stands for the machine's root."""

import json
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Any

from slipway.sandbox.services.registry import write

EMPTY: dict[str, Any] = {"next": 1, "webapps": {}, "schedule": {}, "always_on": {}, "shared": {}}


def folder(state_folder: Path) -> Path:
    """Where the stand-in of a sandbox keeps its world."""
    return state_folder / "sandbox" / "pythonanywhere"


class World:
    """The state of one stand-in. Everything in ``folder`` is its own.

    ``user`` is whose the account's files are, where that is not this process's user: apps and tasks run as it.
    """

    def __init__(self, folder: Path, user: int | None = None) -> None:
        self.folder, self.root = folder, folder / "root"
        self._file, self._lock = folder / "state.json", threading.RLock()
        self._user = user
        self.root.mkdir(parents=True, exist_ok=True)

    def read(self) -> dict[str, Any]:
        """The state; changes to it are not kept."""
        with self._lock:
            try:
                return json.loads(self._file.read_text(encoding="utf-8"))
            except FileNotFoundError:
                return json.loads(json.dumps(EMPTY))

    @contextmanager
    def changed(self) -> Iterator[dict[str, Any]]:
        """The state, to change; written whole when the block ends without an error."""
        with self._lock:
            state = self.read()
            yield state
            write(self._file, json.dumps(state, indent=1))

    def own(self, path: Path) -> None:
        """Give a file or a folder, and the folders above it, to the user that apps and tasks run as."""
        for place in (path, *path.parents):
            if self._user is None or not place.is_relative_to(self.root):
                return
            os.chown(place, self._user, self._user)

    def held(self) -> Iterator[str]:
        """What it holds, in words; logs do not count."""
        state = self.read()
        yield from (f"web app {app['domain_name']}" for app in state["webapps"].values())
        yield from (f"scheduled task {task['id']}" for task in state["schedule"].values())
        yield from (f"always-on task {task['id']}" for task in state["always_on"].values())
        for path in sorted(self.root.rglob("*")):
            if path.is_file() and not path.is_relative_to(self.root / "var" / "log"):
                yield f"file /{path.relative_to(self.root).as_posix()}"

    def number(self, state: dict[str, Any]) -> int:
        """The next id."""
        state["next"] += 1
        return state["next"] - 1

    def place(self, path: str) -> Path:
        """Where a path of the account's machine lies on this one; links do not lead out of the root."""
        inside = PurePosixPath(os.path.normpath(f"/{path.lstrip('/')}")).relative_to("/")
        target = (self.root / inside).resolve()
        return target if target.is_relative_to(self.root.resolve()) else self.root / "outside"
