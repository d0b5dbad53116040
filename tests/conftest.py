"""What every test stands on."""

import os
import shutil
import signal
import tempfile
from pathlib import Path

import pytest

TEMPORARY = pytest.StashKey[Path]()


def pytest_configure(config: pytest.Config) -> None:
    """Take Ctrl-C again, and give all temporary files of the tests and of what they start a folder of their own.

    A shell without job control starts the tests in the background with SIGINT ignored; what is ignored here would be
    ignored by every command that a test starts, and by those that it interrupts.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    # pytest keeps the folders of its last runs where it always has them.
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", tempfile.gettempdir())
    config.stash[TEMPORARY] = folder = Path(
        tempfile.mkdtemp(prefix="slipway-t-", dir=os.environ["PYTEST_DEBUG_TEMPROOT"])
    )
    folder.chmod(0o1777)  # as the system's: apps of the sandbox run as another user
    os.environ["TMPDIR"] = tempfile.tempdir = str(folder)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Remove what the tests have left among their temporary files."""
    if folder := config.stash.get(TEMPORARY, None):
        shutil.rmtree(folder, ignore_errors=True)
