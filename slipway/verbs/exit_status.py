"""The exit status of a command: for every mistake a message, never a traceback."""

import errno
import sys
from collections.abc import Callable

from slipway.engine.errors import EngineError
from slipway.errors import UserError

CANNOT_WRITE = frozenset({errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOSPC, errno.EDQUOT, errno.ENOTDIR})
"""Errors of a file system that a user can mend."""
LIBRARIES = ("urllib3", "google", "botocore", "docker", "stamina")
"""Loggers of libraries that report their own retries."""


def status_of(command: Callable[[], int | None]) -> int:
    """The exit status of ``command``: its own, 1 with one message for a mistake, 130 for Ctrl-C."""
    _silence_libraries()
    try:
        return command() or 0
    except UserError as mistake:
        print(f"error: {mistake}", file=sys.stderr)
        return 1
    except EngineError as mistake:
        print(f"error: {mistake}", file=sys.stderr)
        return mistake.code
    except KeyboardInterrupt:
        print("stopped; the next `slipway up` goes on from here", file=sys.stderr)
        return 130
    except BrokenPipeError:  # the reader of our output has gone: `slipway logs … | head`
        sys.stderr.close()
        return 0
    except OSError as refused:
        if refused.errno not in CANNOT_WRITE or refused.filename is None:
            raise
        print(f"error: {in_words(refused)}", file=sys.stderr)
        return 1


def in_words(refused: OSError) -> str:
    """A file system's refusal in a sentence: which path, why, and what to do."""
    remedy = {
        errno.ENOSPC: "free some room, as with `slipway bundle --clean`",
        errno.EDQUOT: "free some room, as with `slipway bundle --clean`",
        errno.ENOTDIR: "a file is where a folder has to be: move it away",
        errno.EROFS: "name a folder that can be written in SLIPWAY_HOME, or work in a copy of the project",
    }.get(refused.errno or 0, "make it yours, or name another folder for the states in SLIPWAY_HOME")
    return f"{refused.filename} cannot be used: {refused.strerror}; {remedy}"


def _silence_libraries() -> None:
    """Keep the warnings of libraries about their retries off the terminal: a command reports what came of them."""
    import logging  # most commands that a person waits for need it anyway; `--help` does not

    for name in LIBRARIES:
        logger = logging.getLogger(name)
        logger.addHandler(logging.NullHandler())
        logger.propagate = False
