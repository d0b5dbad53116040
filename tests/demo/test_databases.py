"""A database file in the folder of an app whose platform keeps no files: the preview says what becomes of it."""

import sqlite3
from contextlib import closing

import pytest

from tests.demo.clones import Clone

pytestmark = [pytest.mark.slow, pytest.mark.services]


def test_a_preview_names_a_database_that_no_platform_keeps(clone: Clone):
    """By its file, with what to use instead; it is not deployed."""
    clone.keep_only("hello-function")
    with closing(sqlite3.connect(clone.folder / "app_src/hello_function/visits.sqlite3")) as database:
        database.execute("create table visits (day text)")
    printed = " ".join(clone.verb("preview").split())
    assert "hello-function: visits.sqlite3 is not deployed: AWS Lambda keeps no files" in printed
    assert "rows in a database" in printed
    assert "take data out" not in printed
