"""Starts the command: ``python -m slipway`` and ``slipway`` are the same.

``slipway engine …`` and ``slipway bundle APP`` go straight to the work, so that they start as fast as they can.
"""

import atexit
import gc
import os
import signal
import sys
from collections.abc import MutableMapping
from io import TextIOWrapper

UNTIL_COLLECTED = 1_000_000
"""New objects until Python looks for garbage. The cloud SDKs make a million that stay: looking through them again and
again, at Python's own 700, takes a quarter of their import's time."""


LOOPBACK = ("127.0.0.1", "localhost", ".localhost", "::1")
"""Where the sandbox answers."""


def keep_loopback_direct(environment: MutableMapping[str, str]) -> None:
    """Add this machine to the addresses that are reached without a proxy, if a proxy is set.

    Clients differ in which spelling of ``NO_PROXY`` they read, so both have it.
    """
    if not {name.lower() for name in environment} & {"http_proxy", "https_proxy", "all_proxy"}:
        return
    direct = environment.get("no_proxy") or environment.get("NO_PROXY") or ""
    names = [name for name in direct.split(",") if name]
    value = ",".join([*names, *(name for name in LOOPBACK if name not in names)])
    environment["NO_PROXY"] = environment["no_proxy"] = value


def print_whatever_the_locale() -> None:
    """Print what the terminal's encoding lacks in another way: ``…`` in a Latin-1 locale ends no command.

    Paths whose bytes are no text of the locale are shown with escapes.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper) and stream.errors == "strict":
            stream.reconfigure(errors="backslashreplace" if _is_utf_8(stream) else "replace")


def _is_utf_8(stream: TextIOWrapper) -> bool:
    return stream.encoding.lower().replace("-", "") == "utf8"


def main() -> None:
    """Run the command named on the command line and leave with its exit status."""
    gc.set_threshold(UNTIL_COLLECTED, 50, 100)
    # Nor does it look through them once more before it ends, which takes a tenth of a second to free nothing.
    atexit.register(gc.freeze)
    # Pydantic asks every installed package whether it extends it, which none does.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    keep_loopback_direct(os.environ)
    print_whatever_the_locale()
    # A shell without job control starts a background command with SIGINT ignored; `kill -INT` must end it all the same.
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if sys.argv[1:2] == ["engine"]:
        from slipway.engine.command.cli import main as engine

        sys.exit(engine(sys.argv[2:]))
    if sys.argv[1:2] == ["bundle"] and len(sys.argv) == 3 and not sys.argv[2].startswith("-"):
        from slipway.cli.plain_bundle import plain

        sys.exit(plain(sys.argv[2]))
    from slipway.cli.main import app

    app()


if __name__ == "__main__":
    main()
