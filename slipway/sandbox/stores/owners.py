"""Whose each thing in the sandbox is: a SQLite file beside the clouds' own, which the clouds' clients do not see."""

from pathlib import Path

from slipway.providers.protocol.owners import Claim
from slipway.sandbox.stores.database import Database

SCHEMA = """
CREATE TABLE IF NOT EXISTS claims (
    type TEXT NOT NULL,        -- the resource type's token
    id TEXT NOT NULL,          -- the resource's id in its cloud
    urn TEXT NOT NULL,         -- names the stack, the project and the resource
    pending INTEGER NOT NULL,  -- 1 from before the cloud is asked until its answer
    PRIMARY KEY (type, id, urn)
);
"""


def path(state_folder: Path) -> Path:
    """The file of the record."""
    return state_folder / "sandbox" / "owners.sqlite"


class RecordedOwners:
    """:class:`slipway.providers.protocol.owners.Owners` in a sandbox's folder."""

    def __init__(self, state_folder: Path) -> None:
        self._database = Database(path(state_folder), SCHEMA)

    def claims(self, type: str, id: str) -> list[Claim]:
        """Every claim on a thing."""
        query = "SELECT urn, pending FROM claims WHERE type = ? AND id = ?"
        with self._database.reading() as db:
            return [Claim(urn=urn, pending=bool(pending)) for urn, pending in db.execute(query, (type, id))]

    def begin(self, type: str, id: str, urn: str) -> None:
        """Add a pending claim."""
        with self._database.writing() as db:
            db.execute("INSERT OR REPLACE INTO claims VALUES (?, ?, ?, 1)", (type, id, urn))

    def withdraw(self, type: str, id: str, urn: str) -> None:
        """Remove it where it is still pending."""
        with self._database.writing() as db:
            db.execute("DELETE FROM claims WHERE type = ? AND id = ? AND urn = ? AND pending", (type, id, urn))

    def own(self, type: str, id: str, urn: str) -> None:
        """Replace every claim by one."""
        with self._database.writing() as db:
            db.execute("DELETE FROM claims WHERE type = ? AND id = ?", (type, id))
            db.execute("INSERT INTO claims VALUES (?, ?, ?, 0)", (type, id, urn))

    def free(self, type: str, id: str) -> None:
        """Remove every claim."""
        with self._database.writing() as db:
            db.execute("DELETE FROM claims WHERE type = ? AND id = ?", (type, id))

    def reopen(self, beginning: str) -> int:
        """Take the creations of every URN with a beginning as cut off; how many things they made."""
        with self._database.writing() as db:
            query = "UPDATE claims SET pending = 1 WHERE substr(urn, 1, ?) = ?"
            return db.execute(query, (len(beginning), beginning)).rowcount

    def all(self) -> list[tuple[str, str]]:
        """The id and the URN of every claim."""
        with self._database.reading() as db:
            return list(db.execute("SELECT id, urn FROM claims ORDER BY id"))
