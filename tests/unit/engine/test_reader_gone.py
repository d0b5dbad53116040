"""The one who read the output has gone (`slipway up | head`): the operation goes on, silently."""

import os
import sys

import pytest

from slipway.engine.show.display import Lines, View


def test_lines_for_nobody_do_not_stop_the_operation(monkeypatch: pytest.MonkeyPatch):
    """A broken pipe is met once; what is printed afterwards, here or elsewhere, goes nowhere and raises nothing."""
    reader, writer = os.pipe()
    os.close(reader)
    monkeypatch.setattr(sys, "stdout", os.fdopen(writer, "w"))
    shown = Lines("test", View(preview=False, details=False))
    shown.line("first")
    shown.line("second")
    print("third", flush=True)
