"""A document that is never longer than it may be: what matters least goes first, and a line names what was left out.

Everything is taken in the order of importance until something does not fit; all that matters less than that is left
out too. What is taken stands in the order of the document.
"""

from collections.abc import Sequence
from dataclasses import dataclass

LIMIT = 60_000
"""Characters of a comment, as JavaScript counts them (UTF-16 units)."""
RESERVE = 2_000
"""Characters for saying what is left out."""


@dataclass(frozen=True, kw_only=True)
class Section:
    """A part of a document. ``entries`` are whole paragraphs, the most important first."""

    title: str
    importance: int
    """Smaller matters more; no two sections have the same."""
    entries: Sequence[str]
    things: str
    """What the entries are, in the plural: ``creations``."""
    intro: str = ""


@dataclass(frozen=True)
class Fitted:
    """A document, and whether everything is in it."""

    text: str
    complete: bool


def length(text: str) -> int:
    """Characters as JavaScript counts them."""
    return len(text) + sum(character > "\uffff" for character in text)


def fitted(head: str, sections: Sequence[Section], where_else: str, limit: int = LIMIT) -> Fitted:
    """The document: ``head``, then the sections as far as they fit; ``where_else`` says where all of it is.

    Raises :class:`ValueError` where not even the head has a place.
    """
    room = limit - length(head) - RESERVE
    if room < 0:
        raise ValueError(f"the head of the document is {length(head)} characters long; with {limit} it has no place")
    counts: dict[str, int] = {}
    complete = True
    for section in sorted(sections, key=lambda section: section.importance):
        opening = length(_opening(section))
        count = 0
        for entry in section.entries if complete else ():
            needed = length(entry) + 2 + (0 if count else opening)
            if needed > room:
                complete = False
                break
            room -= needed
            count += 1
        counts[section.title] = count
    parts = [head]
    parts += [
        _opening(section) + "\n\n".join(section.entries[:count])
        for section in sections
        if (count := counts[section.title])
    ]
    if text := _left_out(sections, counts):
        parts.append(f"> **Left out, to be short enough for a comment:** {text}. {where_else}")
    return Fitted("\n\n".join(parts) + "\n", complete)


def _opening(section: Section) -> str:
    return f"### {section.title}\n\n" + (f"{section.intro}\n\n" if section.intro else "")


def _left_out(sections: Sequence[Section], counts: dict[str, int]) -> str:
    lines = []
    for section in sections:
        total, count = len(section.entries), counts[section.title]
        if count < total:
            lines.append(f"{total - count} of {total} {section.things}" if count else f"all {total} {section.things}")
    return ", ".join(lines)
