"""The user's mistakes, and the words that the messages about them share."""

import difflib
from collections.abc import Iterable, Sequence


class UserError(Exception):
    """The user's mistake in one message: what, where, what to do. Shown without a traceback, exit status 1."""


def some(names: Sequence[str], most: int) -> str:
    """The first of some names, and how many more there are: ``a, b and 3 more``."""
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")


def nearest(text: str, allowed: Iterable[str]) -> str:
    """`` (did you mean 'x'?)`` where one of ``allowed`` is close to ``text``, else nothing."""
    close = difflib.get_close_matches(text, list(allowed), n=1)
    return f" (did you mean {close[0]!r}?)" if close else ""
