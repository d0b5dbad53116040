"""What the sandbox remembers of Google's control plane: one SQLite file, shared by the host, the front and the command.

Emulators of Google's control plane do not exist; what matters of it is who may do what in which order. The store keeps
just that; the handlers refuse from it what Google refuses, in the words of :mod:`slipway.sandbox.gcp.refusals`.
"""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from slipway.sandbox.handler import Props
from slipway.sandbox.stores.database import Database


@dataclass(frozen=True)
class Project:
    """A project that is or was."""

    id: str
    number: str
    state: str
    billing: str
    body: Props

    @property
    def active(self) -> bool:
        """Whether it is there: not deleted."""
        return self.state == "ACTIVE"


@dataclass(frozen=True)
class Record:
    """A named thing in a project."""

    name: str
    project: str
    body: Props


class Store:
    """The file, for one question or one transaction at a time."""

    def __init__(self, path: Path) -> None:
        schema = files("slipway.sandbox.stores").joinpath("google.sql").read_text(encoding="utf-8")
        self._database = Database(path, schema)

    def stay_open(self) -> None:
        """For a process that asks and writes often: see :meth:`Database.stay_open`."""
        self._database.stay_open()

    @contextmanager
    def transaction(self) -> Iterator["Transaction"]:
        """One at a time may write; what it did is undone where the block raises."""
        with self._database.writing() as db:
            yield Transaction(db)

    def project(self, id: str) -> Project | None:
        """A project by id, deleted or not."""
        with self._reading() as now:
            return now.project(id)

    def get(self, kind: str, name: str) -> Record | None:
        """A resource by kind and name."""
        with self._reading() as now:
            return now.get(kind, name)

    def all(self, kind: str, project: str | None = None) -> list[Record]:
        """The resources of a kind by name, in all projects or in one."""
        with self._reading() as now:
            return now.all(kind, project)

    def active_projects(self) -> list[Project]:
        """The projects that are not deleted, by id."""
        with self._reading() as now:
            rows = now.db.execute("SELECT * FROM projects WHERE state = 'ACTIVE' ORDER BY id").fetchall()
            return [_project(row) for row in rows]

    @contextmanager
    def _reading(self) -> Iterator["Transaction"]:
        with self._database.reading() as db:
            yield Transaction(db)


class Transaction:
    """Reads and writes that happen together or not at all."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self.db = db

    def project(self, id: str) -> Project | None:
        """A project by id, deleted or not."""
        row = self.db.execute("SELECT * FROM projects WHERE id = ?", (id,)).fetchone()
        return _project(row) if row else None

    def project_by_number(self, number: str) -> Project | None:
        """A project by number."""
        row = self.db.execute("SELECT * FROM projects WHERE number = ?", (number,)).fetchone()
        return _project(row) if row else None

    def put_project(self, project: Project) -> None:
        """Write a project."""
        values = (project.id, project.number, project.state, project.billing, json.dumps(project.body))
        self.db.execute("INSERT OR REPLACE INTO projects VALUES (?, ?, ?, ?, ?)", values)

    def get(self, kind: str, name: str) -> Record | None:
        """A resource by kind and name."""
        query = "SELECT name, project, body FROM resources WHERE kind = ? AND name = ?"
        row = self.db.execute(query, (kind, name)).fetchone()
        return _record(row) if row else None

    def taken(self, kind: str, name: str) -> bool:
        """Whether there is a resource of this name."""
        return self.get(kind, name) is not None

    def all(self, kind: str, project: str | None = None) -> list[Record]:
        """The resources of a kind by name, in all projects or in one."""
        query = "SELECT name, project, body FROM resources WHERE kind = ? AND ? IN (project, '') ORDER BY name"
        return [_record(row) for row in self.db.execute(query, (kind, project or "")).fetchall()]

    def put(self, kind: str, record: Record) -> None:
        """Write a resource."""
        values = (kind, record.name, record.project, json.dumps(record.body))
        self.db.execute("INSERT OR REPLACE INTO resources VALUES (?, ?, ?, ?)", values)

    def drop(self, kind: str, name: str) -> None:
        """Remove a resource; one that is not there counts as removed."""
        self.db.execute("DELETE FROM resources WHERE kind = ? AND name = ?", (kind, name))

    def drop_all_of(self, project: str) -> None:
        """Remove everything in a project but the project."""
        for table in ("resources", "apis"):
            self.db.execute(f"DELETE FROM {table} WHERE project = ?", (project,))  # noqa: S608 - our own two names
        self.db.execute("DELETE FROM grants WHERE scope = ?", (f"projects/{project}",))

    def projects(self) -> list[Project]:
        """Every project by id, deleted or not."""
        return [_project(row) for row in self.db.execute("SELECT * FROM projects ORDER BY id").fetchall()]

    def apis(self, project: str) -> list[str]:
        """The APIs that are switched on, by name."""
        query = "SELECT api FROM apis WHERE project = ? ORDER BY api"
        return [row[0] for row in self.db.execute(query, (project,)).fetchall()]

    def enabled(self, project: str, api: str) -> float | None:
        """When an API was enabled (seconds since the epoch); None where it is not."""
        row = self.db.execute("SELECT enabled FROM apis WHERE project = ? AND api = ?", (project, api)).fetchone()
        return row[0] if row else None

    def enable(self, project: str, api: str, when: float) -> None:
        """Switch an API on; one that is on stays as it is."""
        self.db.execute("INSERT OR IGNORE INTO apis VALUES (?, ?, ?)", (project, api, when))

    def disable(self, project: str, api: str) -> None:
        """Switch an API off."""
        self.db.execute("DELETE FROM apis WHERE project = ? AND api = ?", (project, api))

    def grant(self, scope: str, role: str, member: str, condition: Props) -> None:
        """Give a role; given twice it is given once."""
        values = (scope, role, member, json.dumps(condition, sort_keys=True))
        self.db.execute("INSERT OR IGNORE INTO grants VALUES (?, ?, ?, ?)", values)

    def revoke(self, scope: str, role: str, member: str, condition: Props) -> None:
        """Take a role."""
        values = (scope, role, member, json.dumps(condition, sort_keys=True))
        query = "DELETE FROM grants WHERE scope = ? AND role = ? AND member = ? AND condition = ?"
        self.db.execute(query, values)

    def granted(self, scope: str, member: str) -> list[tuple[str, Props]]:
        """The (role, condition) pairs that a member has in a scope."""
        query = "SELECT role, condition FROM grants WHERE scope = ? AND member = ? ORDER BY role"
        return [(role, json.loads(text)) for role, text in self.db.execute(query, (scope, member)).fetchall()]

    def grants(self, scope: str) -> list[tuple[str, str, Props]]:
        """The (role, member, condition) of every grant in a scope."""
        query = "SELECT role, member, condition FROM grants WHERE scope = ? ORDER BY role, member"
        return [(role, member, json.loads(text)) for role, member, text in self.db.execute(query, (scope,)).fetchall()]

    def revoke_scope(self, scope: str) -> None:
        """Take every role of a scope that is no more."""
        self.db.execute("DELETE FROM grants WHERE scope = ?", (scope,))


def _project(row: Any) -> Project:  # noqa: ANN401
    id, number, state, billing, body = row
    return Project(id, number, state, billing, json.loads(body))


def _record(row: Any) -> Record:  # noqa: ANN401
    name, project, body = row
    return Record(name, project, json.loads(body))


def store_path(state_folder: Path) -> Path:
    """Where a sandbox keeps its store."""
    return state_folder / "sandbox" / "google.sqlite"
