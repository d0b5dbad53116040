"""The files that apps have written themselves on PythonAnywhere: a destroy leaves them in the account, and names them.

state -> the files that were uploaded -> the account's files beside them, and those that changed since -> words
"""

import hashlib
import sqlite3
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from slipway.bundle.ignore import is_data
from slipway.errors import UserError, some
from slipway.platforms import pythonanywhere
from slipway.platforms.platform import Deployment
from slipway.providers.protocol.handler import CloudError
from slipway.sandbox.pythonanywhere.world import World, folder
from slipway.stack.destroy_plan import Entry
from slipway.stack.outputs import deployed
from slipway.stack.session import Run, previous_outputs, services_run

FILES = "pythonanywhere:index:Files"
NAMED = 5
"""So many files of an app are named."""
SQLITE = b"SQLite format 3\0"
"""How a database begins. https://www.sqlite.org/fileformat.html"""
SUFFIXES = (".db", ".db3", ".sqlite", ".sqlite3")
"""Files that are read for their rows."""


@dataclass(frozen=True, kw_only=True)
class AppFiles:
    """What one app has written."""

    app: str
    files: tuple[str, ...] = ()
    """Each in words: its path below the app's folder, and its rows where it is a database."""
    why: str = ""
    """Why it is not known; "" where it is."""

    @property
    def sentence(self) -> str:
        """What a destroy does to it."""
        if self.why:
            return f"what {self.app} has written stays in its account; its files could not be listed: {self.why}"
        return f"written by {self.app}, stays in its account: {some(self.files, NAMED)}"


def app_files(run: Run, resources: Sequence[Entry]) -> list[AppFiles]:
    """What the apps of a stack have written there, by app; those that wrote nothing are left out."""
    entries = {str(entry["urn"]).rpartition("::")[2]: entry for entry in resources if entry.get("type") == FILES}
    if not entries or (run.sandbox and not services_run(run)):
        return []
    apps = deployed(previous_outputs(run))
    each = [_written(Deployment(run, apps[name]), entry) for name, entry in entries.items() if name in apps]
    return [one for one in each if one.files or one.why]


def as_uploaded(state_folder: Path, resources: Sequence[Entry]) -> set[str]:
    """The files in the sandbox's account that are as the apps' deployments uploaded them: a destroy deletes these."""
    if not folder(state_folder).exists():
        return set()
    world = World(folder(state_folder))
    return {
        f"{entry['id']}/{path}"
        for entry in resources
        if entry.get("type") == FILES
        for path, sha256 in _uploaded(entry).items()
        if not is_data(path, [*((entry.get("inputs") or {}).get("data") or ())])
        and _sha256(world.place(f"{entry['id']}/{path}")) == sha256
    }


def rows(path: str, content: bytes) -> str:
    """The tables and rows of an SQLite database, in words; "" of another file."""
    if not content.startswith(SQLITE):
        return ""
    with tempfile.TemporaryDirectory() as temporary:
        file = Path(temporary, Path(path).name)
        file.write_bytes(content)
        try:
            numbers = _counts(file)
        except sqlite3.Error as error:
            return f"its rows could not be counted ({error})"
    return f"{sum(numbers)} row{'s' * (sum(numbers) != 1)} in {len(numbers)} table{'s' * (len(numbers) != 1)}"


def _counts(file: Path) -> list[int]:
    connection = sqlite3.connect(file)
    try:
        names = connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite~_%' ESCAPE '~'"
        ).fetchall()
        quoted = ['"' + name.replace('"', '""') + '"' for (name,) in names]
        return [connection.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in quoted]  # noqa: S608
    finally:
        connection.close()


def _uploaded(entry: Entry) -> Mapping[str, str]:
    """The sha256 of each file that was uploaded; a state of before that was recorded has its manifest alone."""
    state = entry.get("outputs") or {}
    return state.get("deployed") or state.get("manifest") or {}


def _sha256(place: Path) -> str:
    return hashlib.sha256(place.read_bytes()).hexdigest() if place.is_file() else ""


def _written(deployment: Deployment, entry: Entry) -> AppFiles:
    try:
        account = pythonanywhere.account(deployment)
        paths = pythonanywhere.written(account, str(entry["id"]), _uploaded(entry))
        files = tuple(
            f"{path} ({words})"
            if path.endswith(SUFFIXES) and (words := rows(path, account.read_file(f"{entry['id']}/{path}") or b""))
            else path
            for path in paths
        )
    except (CloudError, UserError) as failed:  # must not keep a stack from being destroyed
        return AppFiles(app=deployment.app.name, why=str(failed))
    return AppFiles(app=deployment.app.name, files=files)
