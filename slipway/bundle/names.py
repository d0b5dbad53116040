"""Which names may stand inside an artifact: the ones every target unpacks to the same place."""

import re
import unicodedata
from collections.abc import Iterable

from slipway.bundle.errors import BundleError

LONGEST = 1024
"""Bytes of UTF-8 a whole path may take."""

DEEPEST = 100
"""Folders a path may go down."""

TURNING = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Marks that turn the direction of writing: with them ``exe.py`` can be shown for ``yp.exe``."""

_PLAIN = re.compile(r"(?:[A-Za-z0-9_][A-Za-z0-9_.+-]*/){0,20}[A-Za-z0-9_][A-Za-z0-9_.+-]*")
"""Names nothing can be wrong with: nearly all, told apart in one step."""


def check_name(name: str, *, of: str = "the app") -> str:
    """``name`` itself, where it is a relative slash path that every system reads alike.

    Raises :class:`BundleError` for an absolute or drive path, ``..``, a backslash, control characters (NUL and newline
    among them), right-to-left marks, and bytes that are not UTF-8.
    """
    wrong = _fault(name)
    if wrong:
        raise BundleError(f"{of} holds {shown(name)}, whose name {wrong}: rename it")
    return name


def check_together(names: Iterable[str], *, of: str = "the app") -> None:
    """Raise :class:`BundleError` for two names that one folder cannot hold on every system.

    These are names that differ in case or in Unicode form alone, and a file where another name needs a folder.
    """
    remaining: dict[str, str] = {}
    folders: dict[str, str] = {}
    for name in names:
        folded = _fold(name)
        if folded in remaining:
            raise BundleError(
                f"{of} holds {shown(remaining[folded])} and {shown(name)}, which are one file where case does not "
                "count: rename one"
            )
        remaining[folded] = name
        at = name.rfind("/")
        while at > 0 and (parent := name[:at]) not in folders:
            folders[parent] = name
            at = parent.rfind("/")
    spelled: dict[str, str] = {}
    for folder, name in folders.items():
        folded = _fold(folder)
        if folded in remaining:
            raise BundleError(
                f"{of} holds {shown(remaining[folded])} both as a file and as the folder of {shown(name)}"
            )
        if spelled.setdefault(folded, folder) != folder:
            raise BundleError(
                f"{of} holds the folders {shown(spelled[folded])} and {shown(folder)}, which are one where case does "
                "not count: rename one"
            )


def shown(name: str) -> str:
    """The name in quotes, with whatever a terminal would act upon escaped."""
    return ascii(name) if _fault(name) else repr(name)


def _fault(name: str) -> str:
    """What is wrong with the name; "" where nothing is."""
    if len(name) <= LONGEST // 4 and _PLAIN.fullmatch(name):
        return ""
    if name.isascii() and name.isprintable() and "\\" not in name:
        return _misplaced(name)
    if any(unicodedata.category(c) in ("Cc", "Zl", "Zp") for c in name):
        return "has a control character (a newline, a NUL or the like)"
    if not TURNING.isdisjoint(name):
        return "has a mark that turns the direction of writing"
    if any("\ud800" <= c <= "\udfff" for c in name):
        return "is not UTF-8"
    if "\\" in name:
        return "has a backslash, which is a folder on some systems and a character on others"
    return _misplaced(name)


def _misplaced(name: str) -> str:
    parts = name.split("/")
    if name.startswith("/") or name[1:2] == ":":
        return "is absolute"
    if ".." in parts:
        return "leaves the folder by '..'"
    if "" in parts or "." in parts:
        return "has an empty part"
    if len(parts) > DEEPEST:
        return f"lies more than {DEEPEST} folders deep"
    if len(name.encode("utf-8", "surrogateescape")) > LONGEST:
        return f"is longer than {LONGEST} bytes"
    return ""


def _fold(name: str) -> str:
    return name.lower() if name.isascii() else unicodedata.normalize("NFC", name).casefold()
