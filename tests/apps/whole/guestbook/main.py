"""A guest book: its entries are in SQLite, in a folder of its own, or in the PostgreSQL that DATABASE_URL names."""

import os
import sqlite3
from contextlib import closing
from pathlib import Path

from flask import Flask, request

EDITION = 1
FOLDER = Path(__file__).parent / "entries"
app = Flask(__name__)


def connect():
    """The database, with its one table."""
    if address := os.environ.get("DATABASE_URL"):
        import psycopg

        connection = psycopg.connect(address, autocommit=True)
        connection.execute("create table if not exists entries (id serial primary key, name text)")
        return connection
    FOLDER.mkdir(exist_ok=True)
    connection = sqlite3.connect(FOLDER / "entries.sqlite3", isolation_level=None)
    connection.execute("create table if not exists entries (id integer primary key, name text)")
    return connection


@app.get("/")
def entries():
    """Who was here."""
    with closing(connect()) as connection:
        names = [row[0] for row in connection.execute("select name from entries order by id")]
    return {"edition": EDITION, "entries": names}


@app.post("/")
def enter():
    """One more."""
    place = "%s" if "DATABASE_URL" in os.environ else "?"
    with closing(connect()) as connection:
        connection.execute(f"insert into entries (name) values ({place})", [request.get_data(as_text=True)])
    return {}
