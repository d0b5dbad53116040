"""The guides: each begins with its task, as commands or settings that can be copied."""

import re
from pathlib import Path

import pytest

GUIDES = Path(__file__).parents[2] / "docs/guide"
BLOCK = re.compile(r"^(?:    (?:\$ )?(?:slipway|pulumi|eval) |```(?:console|sh|yaml|python))", re.MULTILINE)
FIRST = 12
"""Lines that a reader sees before deciding to read on."""
QUESTIONS = "questions.md"
"""A page of short answers."""


@pytest.mark.parametrize(
    "page",
    [page for page in sorted(GUIDES.rglob("*.md")) if page.name != QUESTIONS],
    ids=lambda page: str(page.relative_to(GUIDES)),
)
def test_a_guide_begins_with_its_commands(page: Path) -> None:
    """What one came for is on the first screen."""
    assert BLOCK.search("\n".join(page.read_text(encoding="utf-8").splitlines()[:FIRST]))
