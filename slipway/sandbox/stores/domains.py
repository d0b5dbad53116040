"""The domains that lead to something of AWS in the sandbox: a stand-in for their records, which no emulator has."""

from pathlib import Path

from slipway.sandbox.stores.database import Database

SCHEMA = """
CREATE TABLE IF NOT EXISTS domains (
    domain TEXT PRIMARY KEY,
    port TEXT NOT NULL,  -- the gateway's, that answers for it: front or aws
    host TEXT NOT NULL   -- the platform's own name of the app
);
"""


def path(state_folder: Path) -> Path:
    """Where the file is."""
    return state_folder / "sandbox" / "domains.sqlite"


class Domains:
    """The domains of a sandbox."""

    def __init__(self, state_folder: Path) -> None:
        self._database = Database(path(state_folder), SCHEMA)

    def host(self, port: str, domain: str) -> str:
        """Where a domain leads at one of the gateway's ports; "" where it leads nowhere."""
        with self._database.reading() as db:
            row = db.execute("SELECT host FROM domains WHERE domain = ? AND port = ?", (domain, port)).fetchone()
        return str(row[0]) if row else ""

    def lead(self, domain: str, port: str, host: str) -> None:
        """Have a domain lead there, wherever it led before."""
        with self._database.writing() as db:
            db.execute("INSERT OR REPLACE INTO domains VALUES (?, ?, ?)", (domain, port, host))

    def drop(self, domain: str) -> None:
        """Have it lead nowhere."""
        with self._database.writing() as db:
            db.execute("DELETE FROM domains WHERE domain = ?", (domain,))

    def drop_host(self, host: str) -> None:
        """Have no domain lead to a host."""
        with self._database.writing() as db:
            db.execute("DELETE FROM domains WHERE host = ?", (host,))
