"""Starts the command: ``python -m slipway`` and ``slipway`` are the same.

``slipway engine …`` goes straight to the embedded engine, so that it starts as fast as it can.
"""

import sys


def main() -> None:
    """Run the command named on the command line and leave with its exit status."""
    if sys.argv[1:2] == ["engine"]:
        from slipway.engine.cli import main as engine

        sys.exit(engine(sys.argv[2:]))
    from slipway.cli import app

    app()


if __name__ == "__main__":
    main()
