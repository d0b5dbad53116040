"""The verdict of a review as annotations of a check: workflow commands that GitHub reads from a step's output.

https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands#setting-an-error-message
"""

from slipway.review.model import Review
from slipway.review.texts import shortened, visible
from slipway.review.verdict import Fact, verdict

MOST = 10
"""Annotations of one kind that GitHub takes from a step; it drops the others without a word."""
LONGEST = 300
"""Characters of an annotation."""
ESCAPES = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A"})
"""What a message may not contain: it would end the command, or begin another."""


def annotations(review: Review) -> list[str]:
    """A line for each fact of the verdict, the worst first: errors for what is grave, warnings for the rest."""
    facts = verdict(review)
    return [
        *_lines("error", [fact for fact in facts if fact.gravity.grave]),
        *_lines("warning", [fact for fact in facts if not fact.gravity.grave]),
    ]


def _lines(kind: str, facts: list[Fact]) -> list[str]:
    texts = [_text(fact) for fact in facts]
    if len(texts) > MOST:
        texts = [*texts[: MOST - 1], f"{len(texts) - MOST + 1} more are in the review"]
    return [f"::{kind} title=slipway review::{text}" for text in texts]


def _text(fact: Fact) -> str:
    """One sentence and its environments; a stranger's texts cannot leave the line."""
    detail = f": {fact.detail}" if fact.detail else ""
    text = f"{fact.subject} {fact.sentence}{detail} ({', '.join(fact.environments)})"
    return shortened(visible(text), LONGEST).translate(ESCAPES)
