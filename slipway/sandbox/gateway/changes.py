"""Whether what the routes follow from has changed: asked before every request, so it costs some microseconds.

SQLite tells a connection whether another one has written (https://www.sqlite.org/pragma.html#pragma_data_version);
the list of services is a file that is replaced as a whole.
"""

import os
import sqlite3
from dataclasses import dataclass, field
from pathlib import Path

from slipway.sandbox.services import registry
from slipway.sandbox.stores import beanstalk, domains, google

Version = tuple[object, ...]
"""Differs where something has changed."""


@dataclass
class _Database:
    """A database that may come, go and come again."""

    path: Path
    _connection: sqlite3.Connection | None = None
    _file: tuple[int, int] = (0, 0)

    def version(self) -> Version:
        """Of its content."""
        try:
            status = self.path.stat()
        except FileNotFoundError:
            return ()
        file = (status.st_dev, status.st_ino)
        if self._connection is None or file != self._file:
            if self._connection is not None:
                self._connection.close()
            self._connection, self._file = sqlite3.connect(self.path, isolation_level=None), file
        return (*file, self._connection.execute("PRAGMA data_version").fetchone()[0])


@dataclass
class Changes:
    """What a sandbox's routes follow from; for one thread."""

    state_folder: Path
    _databases: list[_Database] = field(default_factory=list)

    def version(self) -> Version:
        """Of all of it."""
        if not self._databases:
            places = (
                google.store_path(self.state_folder),
                beanstalk.path_of(self.state_folder),
                domains.path(self.state_folder),
            )
            self._databases = [_Database(place) for place in places]
        return (*(database.version() for database in self._databases), self._services())

    def _services(self) -> Version:
        try:
            status = os.stat(registry.folder(self.state_folder) / registry.FILE)  # noqa: PTH116 - the fastest way
        except FileNotFoundError:
            return ()
        return status.st_ino, status.st_mtime_ns, status.st_size
