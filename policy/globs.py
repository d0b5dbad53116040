"""IAM's wildcards: ``*`` stands for any characters, ``?`` for one; everything else is literal."""

import re
from functools import cache

WILD = re.compile(r"[*?]")


@cache
def _compiled(pattern: str, ignore_case: bool) -> re.Pattern[str]:
    parts = re.split(r"([*?])", pattern)
    text = "".join({"*": ".*", "?": "."}.get(part, re.escape(part)) for part in parts)
    return re.compile(text, re.DOTALL | (re.IGNORECASE if ignore_case else 0))


def matches(pattern: str, text: str, *, ignore_case: bool = False) -> bool:
    """Whether the whole text fits the pattern."""
    return _compiled(pattern, ignore_case).fullmatch(text) is not None


def has_wildcard(pattern: str) -> bool:
    """Whether the pattern stands for more than one text."""
    return WILD.search(pattern) is not None


def is_all_wildcards(pattern: str) -> bool:
    """Whether nothing in the pattern is literal: ``*``, ``**``, ``?*``; an empty text as well."""
    return not WILD.sub("", pattern)
