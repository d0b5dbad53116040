"""Which files of an account are an app's own, and what a destroy says of them."""

import hashlib
import sqlite3
from pathlib import Path

from slipway.sandbox.pythonanywhere.world import World, folder
from slipway.verbs.app_files import FILES, AppFiles, as_uploaded, rows


def database(path: Path, *tables: str) -> bytes:
    """An SQLite database with a row in each table."""
    connection = sqlite3.connect(path)
    for table in tables:
        connection.execute(f'CREATE TABLE "{table}" (id INTEGER PRIMARY KEY AUTOINCREMENT)')
        connection.execute(f'INSERT INTO "{table}" DEFAULT VALUES')
    connection.commit()
    connection.close()
    return path.read_bytes()


def test_the_rows_of_a_database_are_counted(tmp_path: Path):
    """Those of the app's tables: SQLite's own do not count, and a table may have any name."""
    assert rows("db.sqlite3", database(tmp_path / "two", "notes", "a b")) == "2 rows in 2 tables"
    assert rows("db.sqlite3", database(tmp_path / "one", "notes")) == "1 row in 1 table"


def test_what_is_no_database_has_no_rows(tmp_path: Path):
    """Another file has none, and of a damaged one the reason is told."""
    assert rows("notes.db", b"just text") == ""
    assert "could not be counted" in rows("db.sqlite3", database(tmp_path / "db", "notes")[:20] + b"?" * 200)


def test_a_destroy_says_which_files_stay():
    """Five are named, and a list that cannot be had keeps no stack from being destroyed."""
    many = AppFiles(app="web", files=tuple(f"{n}.txt" for n in range(7)))
    assert many.sentence.endswith("stays in its account: 0.txt, 1.txt, 2.txt, 3.txt, 4.txt and 2 more")
    assert "could not be listed: no token" in AppFiles(app="web", why="no token").sentence


def test_what_a_deployment_uploaded_is_no_file_of_the_apps(tmp_path: Path):
    """One that is as it was uploaded had to go; what was changed there, and what is declared as data, stays."""
    uploaded = dict.fromkeys(("main.py", "notes.txt", "data.json", "deleted.py"), hashlib.sha256(b"here").hexdigest())
    home = World(folder(tmp_path)).place("/home/anna/shop")
    home.mkdir(parents=True)
    for name, content in {"main.py": "here", "notes.txt": "changed", "data.json": "here", "new.txt": "here"}.items():
        (home / name).write_text(content)
    inputs = {"data": ["data.json"]}
    entry = {"type": FILES, "id": "/home/anna/shop", "inputs": inputs, "outputs": {"deployed": uploaded}}
    assert as_uploaded(tmp_path, [entry]) == {"/home/anna/shop/main.py"}
    assert as_uploaded(tmp_path / "none", [entry]) == set()
