"""Where a command ends well for its user, whatever happened: a message and an exit status, never a traceback."""

import sys
from collections.abc import Callable

from slipway.errors import UserError


def status_of(command: Callable[[], int | None]) -> int:
    """The exit status of what a user asked for: its own, 1 with one message for a mistake, 130 for Ctrl-C."""
    try:
        return command() or 0
    except UserError as mistake:
        print(f"error: {mistake}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("stopped; the next `slipway up` goes on from here", file=sys.stderr)
        return 130
    except BrokenPipeError:  # the reader of our output has gone: `slipway logs … | head`
        sys.stderr.close()
        return 0
