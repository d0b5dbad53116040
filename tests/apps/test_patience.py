"""An app's process has its time by the clock where it waits, and a processor's time where the machine is busy."""

import subprocess
import sys

import pytest

from slipway.bundle.patience import LONGEST, Patience

TICKS = 3.0
"""Seconds from one look to the next."""


def waited(share: float) -> float:
    """After how many seconds a process is waited for no longer that gets this share of a processor."""
    now = 0.0
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    patience = Patience(process=process, seconds=40, clock=lambda: now, used=lambda _: now * share)
    while not patience.exhausted:
        now += TICKS
    return now


@pytest.mark.parametrize(("share", "seconds"), [(0.0, 40), (1.0, 40), (0.5, 80), (0.01, 40), (0.1, 40 * LONGEST)])
def test_a_process_that_works_is_waited_for_longer(share: float, seconds: float):
    """One that serves or sleeps is not; one that gets a tenth of a processor has six times as long, and no more."""
    assert seconds <= waited(share) < seconds + 2 * TICKS


def test_the_output_of_a_process_is_whole():
    """What it reads and writes goes through, however often it was looked at."""
    words = [sys.executable, "-c", "import sys; print(sys.stdin.read().upper())"]
    process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert Patience(process=process, seconds=40).wait(b"shop") == b"SHOP\n"
