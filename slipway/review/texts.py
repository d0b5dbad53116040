"""Texts of a stranger, made fit to be shown: nothing in them is markup, hides, or grows without bound."""

import html
import re
import unicodedata

_HIDING = frozenset(("Cc", "Cf", "Co", "Cs", "Zl", "Zp"))
"""Unicode categories of what has no glyph or changes how its neighbours are shown: controls, marks of direction."""


def visible(text: str, *, lines: bool = False) -> str:
    """The text with a ``\\u202e`` for each character that hides or reorders others; with ``lines`` line ends stay."""
    return "".join(
        character
        if character == " " or (lines and character == "\n") or unicodedata.category(character) not in _HIDING
        else f"\\u{ord(character):04x}"
        for character in text
    )


def shortened(text: str, limit: int) -> str:
    """At most ``limit`` characters of it, with an ellipsis in the middle."""
    if len(text) <= limit:
        return text
    tail = limit // 3
    return f"{text[: limit - tail - 1]}…{text[-tail:]}"


def cell(text: str, limit: int = 120) -> str:
    """A Markdown code span in a table, where a bar would end the cell."""
    return code(text, limit).replace("|", "\\|")


def code(text: str, limit: int = 120) -> str:
    """A Markdown code span: whatever is in it is only text."""
    visible_part = shortened(visible(text), limit)
    longest = max((len(run) for run in re.findall("`+", visible_part)), default=0)
    ticks = "`" * (longest + 1)
    space = " " if visible_part[:1] in ("`", " ", "") or visible_part[-1:] == "`" else ""
    return f"{ticks}{space}{visible_part}{space}{ticks}"


def fence(lines: list[str], language: str = "") -> str:
    """A Markdown code block that nothing inside can end."""
    body = "\n".join(visible(line, lines=True) for line in lines)
    longest = max((len(run) for run in re.findall("`+", body)), default=0)
    ticks = "`" * max(3, longest + 1)
    return f"{ticks}{language}\n{body}\n{ticks}"


def tag(text: str, limit: int = 120) -> str:
    """An HTML ``<code>`` for places of Markdown where HTML stands."""
    return f"<code>{html.escape(shortened(visible(text), limit))}</code>"
