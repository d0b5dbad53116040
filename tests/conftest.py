"""What every test stands on."""

import signal


def pytest_configure() -> None:
    """Take Ctrl-C again where a shell without job control started the tests in the background, with SIGINT ignored.

    What is ignored here would be ignored by every command that a test starts, and by those that it interrupts.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
