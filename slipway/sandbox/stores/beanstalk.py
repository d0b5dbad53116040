"""What the sandbox remembers of Elastic Beanstalk: one SQLite file, shared by the host, the front and the command.

The AWS emulator has no Beanstalk. The store keeps its three kinds of things and what happened to the environments; the
handlers refuse from it what Beanstalk refuses.
"""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from slipway.sandbox.handler import Props
from slipway.sandbox.stores.database import Database

Kind = Literal["application", "version", "environment"]
Severity = Literal["INFO", "WARN", "ERROR"]

SCHEMA = """
CREATE TABLE IF NOT EXISTS things (
    kind TEXT NOT NULL,
    name TEXT NOT NULL,   -- REGION/APPLICATION, REGION/APPLICATION/LABEL, REGION/ENVIRONMENT
    body TEXT NOT NULL,   -- JSON: the Pulumi inputs, and what Beanstalk adds to them
    PRIMARY KEY (kind, name)
);
CREATE TABLE IF NOT EXISTS events (
    environment TEXT NOT NULL,  -- its id
    at TEXT NOT NULL,           -- UTC
    severity TEXT NOT NULL,
    message TEXT NOT NULL
);
"""


@dataclass(frozen=True)
class Thing:
    """An application, a version or an environment."""

    name: str
    body: Props


@dataclass(frozen=True)
class Event:
    """What Beanstalk says has happened to an environment."""

    at: str
    severity: str
    message: str


class Store:
    """The file, for one question or one transaction at a time."""

    def __init__(self, state_folder: Path) -> None:
        self._database = Database(path_of(state_folder), SCHEMA)

    @contextmanager
    def transaction(self) -> Iterator["Transaction"]:
        """One at a time may write; what it did is undone where the block raises."""
        with self._database.writing() as db:
            yield Transaction(db)

    def get(self, kind: Kind, name: str) -> Props | None:
        """The body of a thing."""
        with self._database.reading() as db:
            return Transaction(db).get(kind, name)

    def all(self, kind: Kind, below: str = "") -> list[Thing]:
        """The things of a kind by name; those whose name begins with ``below``."""
        with self._database.reading() as db:
            return Transaction(db).all(kind, below)

    def events(self, environment: str, since: str = "") -> list[Event]:
        """What happened to an environment, by its id, oldest first."""
        query = "SELECT at, severity, message FROM events WHERE environment = ? AND at >= ? ORDER BY rowid"
        with self._database.reading() as db:
            return [Event(*row) for row in db.execute(query, (environment, since))]


class Transaction:
    """Reads and writes that happen together or not at all."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def get(self, kind: Kind, name: str) -> Props | None:
        """The body of a thing."""
        row = self._db.execute("SELECT body FROM things WHERE kind = ? AND name = ?", (kind, name)).fetchone()
        return json.loads(row[0]) if row else None

    def all(self, kind: Kind, below: str = "") -> list[Thing]:
        """The things of a kind by name; those whose name begins with ``below``."""
        rows: Any = self._db.execute("SELECT name, body FROM things WHERE kind = ? ORDER BY name", (kind,))
        return [Thing(name, json.loads(body)) for name, body in rows if name.startswith(below)]

    def put(self, kind: Kind, name: str, body: Props) -> None:
        """Write a thing."""
        self._db.execute("INSERT OR REPLACE INTO things VALUES (?, ?, ?)", (kind, name, json.dumps(body)))

    def drop(self, kind: Kind, name: str) -> None:
        """Remove a thing; one that is not there counts as removed."""
        self._db.execute("DELETE FROM things WHERE kind = ? AND name = ?", (kind, name))

    def say(self, environment: str, severity: Severity, message: str) -> None:
        """Note what happened to an environment."""
        self._db.execute("INSERT INTO events VALUES (?, ?, ?, ?)", (environment, now(), severity, message))

    def forget(self, environment: str) -> None:
        """Remove what was noted of an environment."""
        self._db.execute("DELETE FROM events WHERE environment = ?", (environment,))


def now() -> str:
    """The present moment as Beanstalk writes it (UTC)."""
    return f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S.%f} +0000 UTC"


def path_of(state_folder: Path) -> Path:
    """Where a sandbox keeps it."""
    return state_folder / "sandbox" / "beanstalk.sqlite"


def opened(state_folder: Path) -> Store | None:
    """The store; None where nothing was ever put into it."""
    return Store(state_folder) if path_of(state_folder).exists() else None


def made_when(state_folder: Path) -> dict[str, str]:
    """When each version was made, by its label."""
    store = opened(state_folder)
    return {one.name.rsplit("/", 1)[-1]: one.body["created"] for one in (store.all("version") if store else ())}
