"""Results on terminals: nothing of them is lost or torn where a terminal is narrow."""

import os
import pty
import re
import sys
import threading

import pytest

from slipway.stack.outputs import App, deployed
from slipway.verbs import tables

URL = "http://time-service.eba-0123456789.eu-central-1.elasticbeanstalk.localhost:37171"


def app() -> App:
    return deployed({"apps": {"time-service": {"platform": "Elastic Beanstalk", "url": URL, "versions": []}}})[
        "time-service"
    ]


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch):
    """Call a function with the standard output on a terminal of some columns; the lines that it wrote."""

    def play(columns: int, write) -> list[str]:
        ours, theirs = pty.openpty()
        written = bytearray()

        def listen() -> None:
            try:
                while chunk := os.read(ours, 65536):
                    written.extend(chunk)
            except OSError:  # the other side was closed
                return

        listener = threading.Thread(target=listen)
        listener.start()
        monkeypatch.setenv("COLUMNS", str(columns))
        monkeypatch.setenv("TERM", "xterm")
        with os.fdopen(theirs, "w", encoding="utf-8") as stream:
            monkeypatch.setattr(sys, "stdout", stream)
            write()
            monkeypatch.undo()
        listener.join(10)
        os.close(ours)
        return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", written.decode()).split("\r\n")

    return play


def test_an_address_has_a_line_of_its_own_where_it_would_be_torn(terminal):
    """At 60 columns it stands below the app's name."""
    assert f"    {URL}" in terminal(60, lambda: tables.show_apps([(app(), [])]))


def test_an_address_stands_beside_its_app_where_there_is_room(terminal):
    """At 200 columns, and in a pipe."""
    line = f"time-service   Elastic Beanstalk   {URL}"
    assert line in terminal(200, lambda: tables.show_apps([(app(), [])]))


def test_a_table_fills_no_line_up(terminal):
    """Spaces up to 140 columns would be an empty line below each row of a narrower terminal."""
    table = tables.table_of("Addresses", ("owner", "address"), [("anna", "x"), ("a" * 20, "y" * 90)])
    lines = terminal(60, lambda: tables.show(table))
    assert lines == [line.rstrip() for line in lines]
    assert any(line.startswith("anna") for line in lines)
