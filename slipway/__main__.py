"""Starts the command: ``python -m slipway`` and ``slipway`` are the same.

``slipway engine …`` and ``slipway bundle APP`` go straight to the work, so that they start as fast as they can.
"""

import atexit
import gc
import os
import sys

UNTIL_COLLECTED = 1_000_000
"""New objects until Python looks for garbage. The cloud SDKs make a million that stay: looking through them again and
again, at Python's own 700, takes a quarter of their import's time."""


def main() -> None:
    """Run the command named on the command line and leave with its exit status."""
    gc.set_threshold(UNTIL_COLLECTED, 50, 100)
    # Nor does it look through them once more before it ends, which takes a tenth of a second to free nothing.
    atexit.register(gc.freeze)
    # Pydantic asks every installed package whether it extends it, which none does.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
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
