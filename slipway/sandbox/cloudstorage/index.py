"""Which objects there are: a SQLite file of generations and of the uploads that are not at their end.

A row is written once its bytes are on the disk; bytes are removed once no row names them.
"""

import json
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from slipway.sandbox.stores.database import Database

SCHEMA = """
CREATE TABLE IF NOT EXISTS objects (
    bucket TEXT NOT NULL,
    name TEXT NOT NULL,
    generation INTEGER NOT NULL,  -- microseconds since the epoch, never used twice
    live INTEGER NOT NULL,        -- 0 of a noncurrent version
    blob TEXT NOT NULL,           -- the file of its bytes
    body TEXT NOT NULL,           -- JSON: the resource, without what follows from the columns
    PRIMARY KEY (bucket, name, generation)
) WITHOUT ROWID;
CREATE UNIQUE INDEX IF NOT EXISTS live ON objects (bucket, name) WHERE live;
CREATE INDEX IF NOT EXISTS generations ON objects (generation);
CREATE TABLE IF NOT EXISTS sessions (
    id TEXT PRIMARY KEY,
    bucket TEXT NOT NULL,
    body TEXT NOT NULL            -- JSON: what the upload was begun with; once it is done, its object
);
"""


@dataclass(frozen=True, kw_only=True)
class Row:
    """A generation of an object."""

    bucket: str
    name: str
    generation: int
    live: bool
    blob: str
    body: dict[str, Any]


class Index:
    """The file, for one question or one transaction at a time."""

    def __init__(self, folder: Path) -> None:
        self._database = Database(folder / "objects.sqlite", SCHEMA)

    @contextmanager
    def writing(self) -> Iterator["Transaction"]:
        """One at a time may write; what it did is undone where the block raises."""
        with self._database.writing() as db:
            yield Transaction(db)

    @contextmanager
    def reading(self) -> Iterator["Transaction"]:
        """What others are about to write is not seen."""
        with self._database.reading() as db:
            yield Transaction(db)


class Transaction:
    """Reads and writes that happen together or not at all."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def get(self, bucket: str, name: str, generation: int | None = None) -> Row | None:
        """The live generation of an object, or this one."""
        which, values = ("live", ()) if generation is None else ("generation = ?", (generation,))
        query = f"SELECT * FROM objects WHERE bucket = ? AND name = ? AND {which}"  # noqa: S608 - our own two words
        row = self._db.execute(query, (bucket, name, *values)).fetchone()
        return _row(row) if row else None

    def next_generation(self) -> int:
        """A number that no object has, and larger than that of any."""
        last = self._db.execute("SELECT max(generation) FROM objects").fetchone()[0] or 0
        return max(time.time_ns() // 1000, last + 1)

    def put(self, row: Row) -> None:
        """Write a generation."""
        values = (row.bucket, row.name, row.generation, int(row.live), row.blob, json.dumps(row.body))
        self._db.execute("INSERT OR REPLACE INTO objects VALUES (?, ?, ?, ?, ?, ?)", values)

    def drop(self, row: Row) -> None:
        """Remove a generation."""
        query = "DELETE FROM objects WHERE bucket = ? AND name = ? AND generation = ?"
        self._db.execute(query, (row.bucket, row.name, row.generation))

    def any(self, bucket: str) -> bool:
        """Whether a bucket has a generation of anything."""
        return self._db.execute("SELECT 1 FROM objects WHERE bucket = ? LIMIT 1", (bucket,)).fetchone() is not None

    def empty(self, bucket: str) -> list[str]:
        """Remove all that a bucket has; the blobs that no row names any more."""
        blobs = [row[0] for row in self._db.execute("SELECT blob FROM objects WHERE bucket = ?", (bucket,))]
        self._db.execute("DELETE FROM objects WHERE bucket = ?", (bucket,))
        self._db.execute("DELETE FROM sessions WHERE bucket = ?", (bucket,))
        return blobs

    def after(self, bucket: str, name: str, generation: int, most: int, *, versions: bool) -> list[Row]:
        """Up to ``most`` generations in the order of their names' bytes, after one; the live ones or all."""
        where = "" if versions else "AND live"
        query = (
            "SELECT * FROM objects WHERE bucket = ? AND (name, generation) > (?, ?) "  # noqa: S608 - our own words
            f"{where} ORDER BY name, generation LIMIT ?"
        )
        return [_row(row) for row in self._db.execute(query, (bucket, name, generation, most))]

    def blobs(self) -> set[str]:
        """Every blob that a row names."""
        return {row[0] for row in self._db.execute("SELECT blob FROM objects")}

    def session(self, id: str) -> dict[str, Any] | None:
        """What an upload was begun with; once it is done, its object under ``done``."""
        row = self._db.execute("SELECT body FROM sessions WHERE id = ?", (id,)).fetchone()
        return json.loads(row[0]) if row else None

    def sessions(self) -> dict[str, dict[str, Any]]:
        """All of them, by id."""
        return {id: json.loads(body) for id, body in self._db.execute("SELECT id, body FROM sessions")}

    def put_session(self, id: str, bucket: str, body: dict[str, Any]) -> None:
        """Write an upload."""
        self._db.execute("INSERT OR REPLACE INTO sessions VALUES (?, ?, ?)", (id, bucket, json.dumps(body)))

    def drop_session(self, id: str) -> None:
        """Forget an upload."""
        self._db.execute("DELETE FROM sessions WHERE id = ?", (id,))


def _row(row: tuple[Any, ...]) -> Row:
    bucket, name, generation, live, blob, body = row
    return Row(bucket=bucket, name=name, generation=generation, live=bool(live), blob=blob, body=json.loads(body))
