"""Objects in a list: prefix, delimiter, glob, versions, and pages.

https://cloud.google.com/storage/docs/json_api/v1/objects/list
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from slipway.sandbox.cloudstorage import pages
from slipway.sandbox.cloudstorage.calls import Call, Reply
from slipway.sandbox.cloudstorage.errors import invalid
from slipway.sandbox.cloudstorage.index import Row, Transaction
from slipway.sandbox.cloudstorage.objects import shown
from slipway.sandbox.cloudstorage.state import State

BATCH = 1000
LAST = "\U0010ffff"
"""After every other character."""
NEWEST = (1 << 63) - 1
"""After every generation."""


@dataclass(frozen=True, kw_only=True)
class Question:
    """What a list is to hold."""

    bucket: str
    prefix: str = ""
    delimiter: str = ""
    start: str = ""
    end: str = ""
    versions: bool = False
    trailing: bool = False
    """Objects whose names end at their first delimiter are items, too."""
    glob: re.Pattern[str] | None = None

    @classmethod
    def of(cls, call: Call) -> "Question":
        """What a call asks. Raises :class:`StorageError`."""
        query = call.query
        return cls(
            bucket=call.bucket,
            prefix=query.get("prefix", ""),
            delimiter=query.get("delimiter", ""),
            start=query.get("startOffset", ""),
            end=query.get("endOffset", ""),
            versions=query.get("versions") == "true",
            trailing=query.get("includeTrailingDelimiter") == "true",
            glob=pattern(query["matchGlob"]) if query.get("matchGlob") else None,
        )


Entry = Row | str
"""An item, or a prefix that stands for all that begin with it."""


def list_(state: State, call: Call) -> Reply:
    """A page of a bucket's objects."""
    state.bucket(call.bucket)
    question, most = Question.of(call), call.most()
    if most == 0:
        raise invalid("Invalid value for maxResults: it must be at least 1.")
    items: list[dict[str, Any]] = []
    prefixes: list[str] = []
    more: dict[str, Any] = {}
    last: Entry | None = None
    with state.index.reading() as now:
        for entry in matching(now, question, _after(call)):
            if len(items) + len(prefixes) == most and last is not None:
                more = {"nextPageToken": _token(last)}
                break
            if isinstance(entry, str):
                prefixes.append(entry)
            else:
                items.append(shown(entry, call))
            last = entry
    groups = {**({"prefixes": prefixes} if prefixes else {}), **({"items": items} if items else {})}
    return Reply(document={"kind": "storage#objects", **more, **groups})


def matching(now: Transaction, question: Question, after: tuple[str, int] | None) -> Iterator[Entry]:
    """Items and prefixes in the order of their names' bytes; a prefix once, and what it stands for is not read."""
    cursor = after or (max(question.prefix, question.start), -1)
    while rows := now.after(question.bucket, *cursor, BATCH, versions=question.versions):
        for row in rows:
            cursor = (row.name, row.generation)
            if not row.name.startswith(question.prefix):
                if row.name > question.prefix:
                    return
                continue
            if question.end and row.name >= question.end:
                return
            if group := _group(question, row.name):
                if row.name == group and question.trailing:
                    yield row
                yield group
                cursor = (group + LAST, NEWEST)
                break
            if question.glob is None or question.glob.fullmatch(row.name):
                yield row


def _group(question: Question, name: str) -> str:
    """The prefix that stands for a name; "" for an item."""
    if not question.delimiter or (question.glob is not None and not question.glob.fullmatch(name)):
        return ""
    at = name.find(question.delimiter, len(question.prefix))
    return name[: at + len(question.delimiter)] if at >= 0 else ""


def _token(last: Entry) -> str:
    return pages.token(last + LAST, NEWEST) if isinstance(last, str) else pages.token(last.name, last.generation)


def _after(call: Call) -> tuple[str, int] | None:
    values = pages.last(call.query.get("pageToken", ""))
    return (str(values[0]), int(values[1])) if len(values) == 2 else None


def pattern(glob: str) -> re.Pattern[str]:
    """A glob as Cloud Storage reads it: https://cloud.google.com/storage/docs/json_api/v1/objects/list#list-objects-and-prefixes-using-glob."""
    words: list[str] = []
    depth, at = 0, 0
    while at < len(glob):
        mark = glob[at]
        at += 1
        if mark == "*" and glob[at : at + 1] == "*":
            words.append(".*")
            at += 1
        elif mark == "[" and "]" in glob[at + 1 :]:
            end = glob.index("]", at + 1)
            inside = glob[at:end].replace("\\", "\\\\").replace("[", "\\[")
            words.append(f"[{'^' + inside[1:] if inside[0] in '!^' else inside}]")
            at = end + 1
        elif mark in GLOB:
            words.append(GLOB[mark])
        elif mark in "{}":
            depth += 1 if mark == "{" else -1
            words.append("(?:" if mark == "{" else ")")
        elif mark == "," and depth:
            words.append("|")
        elif mark == "\\" and at < len(glob):
            words.append(re.escape(glob[at]))
            at += 1
        else:
            words.append(re.escape(mark))
    try:
        return re.compile("".join(words), re.DOTALL)
    except re.error:
        raise invalid(f"Invalid matchGlob: '{glob}'.") from None


GLOB = {"*": "[^/]*", "?": "[^/]"}
