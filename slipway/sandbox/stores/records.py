"""What the sandbox only writes down, by resource type and id: a SQLite file of its own."""

import json
from pathlib import Path

from slipway.sandbox.handler import Props
from slipway.sandbox.stores.database import Database

SCHEMA = """
CREATE TABLE IF NOT EXISTS records (
    type TEXT NOT NULL,        -- the resource type's token
    id TEXT NOT NULL,          -- the resource's id
    properties TEXT NOT NULL,  -- inputs and outputs, as JSON
    PRIMARY KEY (type, id)
);
"""


def path(state_folder: Path) -> Path:
    """Where the file is."""
    return state_folder / "sandbox" / "records.sqlite"


class Records:
    """The records of a sandbox."""

    def __init__(self, state_folder: Path) -> None:
        self._database = Database(path(state_folder), SCHEMA)

    def get(self, type: str, id: str) -> Props | None:
        """A record; None where there is none."""
        with self._database.reading() as db:
            row = db.execute("SELECT properties FROM records WHERE type = ? AND id = ?", (type, id)).fetchone()
        return json.loads(row[0]) if row else None

    def put(self, type: str, id: str, properties: Props) -> None:
        """Write a record, over one that is there."""
        with self._database.writing() as db:
            db.execute("INSERT OR REPLACE INTO records VALUES (?, ?, ?)", (type, id, json.dumps(properties)))

    def drop(self, type: str, id: str) -> None:
        """Take a record away."""
        with self._database.writing() as db:
            db.execute("DELETE FROM records WHERE type = ? AND id = ?", (type, id))

    def all(self) -> list[tuple[str, str]]:
        """Types and ids."""
        with self._database.reading() as db:
            return db.execute("SELECT type, id FROM records ORDER BY type, id").fetchall()
