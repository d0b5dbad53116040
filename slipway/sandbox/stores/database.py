"""The SQLite files in which the sandbox remembers what has no emulator: shared by threads and by processes."""

import os
import sqlite3
import threading
import weakref
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

PATIENCE = 30.0
"""Seconds to wait for another process that writes."""


class Database:
    """Opens a connection for every use, so it is safe in threads and over processes."""

    def __init__(self, path: Path, schema: str) -> None:
        """Make the file with the tables of ``schema`` (SQL that leaves alone what is there already)."""
        self._path = path
        # Threads of one process wait here for their turn: SQLite lets them sleep and try again, for longer and longer.
        self._turn = threading.Lock()
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Before SQLite makes it, with the mode that its other files get of it. A file that is there is not opened: to
        # close it again would take away the locks that this process's connections hold on it.
        # https://www.sqlite.org/howtocorrupt.html#_posix_advisory_locks_canceled_by_a_separate_thread_doing_close_
        with suppress(FileExistsError):
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
        with self.reading() as connection:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.executescript(schema)

    def stay_open(self) -> None:
        """Keep a connection for as long as this object lives: closing the last one writes the whole log back."""
        connection = sqlite3.connect(self._path, timeout=PATIENCE, isolation_level=None, check_same_thread=False)
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        weakref.finalize(self, connection.close)

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """One at a time may write; what it did is undone where the block raises."""
        with self._turn, self.reading() as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
            except BaseException:
                connection.rollback()
                raise
            connection.commit()

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """What others are about to write is not seen."""
        with closing(sqlite3.connect(self._path, timeout=PATIENCE, isolation_level=None)) as connection:
            # A crash of the process loses nothing; only one of the machine may lose the last writes.
            connection.execute("PRAGMA synchronous = NORMAL")
            yield connection
