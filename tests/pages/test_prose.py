"""The words of the documentation and of the code's own texts: plain English, each word as the glossary has it."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
INSTEAD: Mapping[str, str] = {
    r"whoever": "name who it is: the owner, the caller, a user",
    r"nobody": "say who does not, or what is not there",
    r"(?:is|are) said": "name who says it, or give the fact itself",
    r"lets? go of": "releases, ends, forgets",
    r"for want of": "because there is no",
    r"what is no more": "what was removed",
    r"(?-i:What) (?:is|was|are|has|only|depends|comes|goes|stays)(?![^.\n]*\?)": "begin with the thing",
    r"for what it is worth|it goes without saying|as it were": "leave it out",
    r"(?:is|are|was|were) told (?:of|by)": "say who tells, or state the fact",
    r"hears? of": "gets an alert, learns",
    r"for ever": "forever",
    r"farewell|aftermath|tenure|nursery": "the term of the glossary",
    r"(?!had|that|notes)(?P<twice>[a-z]+) (?P=twice)": "the word once",
}
"""A pattern of words, whole words in either case → what to write instead."""
WORDS = re.compile("|".join(rf"(?P<w{number}>\b(?:{words})\b)" for number, words in enumerate(INSTEAD)), re.IGNORECASE)
CODE = re.compile(r"^ *```.*?^ *```|`[^`\n]*`|https?://\S+", re.DOTALL | re.MULTILINE)


def pages() -> Iterator[Path]:
    """Every page that a reader of the project opens; decisions stay as they were written."""
    yield from sorted(ROOT.glob("*.md"))
    yield from (page for page in sorted(ROOT.glob("docs/**/*.md")) if page.parent.name != "decisions")


def findings(text: str) -> list[str]:
    """Each with its line, the words and what to write instead; what stands as code is no prose."""
    prose = CODE.sub(lambda code: "`" + "\n" * code[0].count("\n"), text)
    places = ((prose.count("\n", 0, match.start()) + 1, match) for match in WORDS.finditer(prose))
    instead = list(INSTEAD.values())
    return [
        f"line {line}: {match[0]!r}: {instead[int((match.lastgroup or 'w0')[1:])]}"
        for line, match in places
        if match.lastgroup
    ]


@pytest.mark.parametrize("page", sorted(pages()), ids=lambda page: str(page.relative_to(ROOT)))
def test_a_page_is_in_plain_words(page: Path) -> None:
    """For readers whose first language is another."""
    assert findings(page.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("Whoever asks, and nobody else.", 2),
        ("Sign in in one step.", 1),
        ("`nobody` is a user", 0),
        ("```\nnobody\n```\nfine\n", 0),
        ("It is kept for ever.", 1),
        ("Nothing of the kind.", 0),
        ("What is not sealed: all can read it.", 1),
        ("What is emulated?", 0),
        ("The owner hears of it.", 1),
    ],
)
def test_words_are_noticed(text: str, count: int) -> None:
    """The check sees what it is for, and no code."""
    assert len(findings(text)) == count
