"""A review as JSON, for other tools. The shape is described in docs/guide/review.md; ``version`` counts its changes."""

import json
from dataclasses import asdict
from typing import Any

from slipway.review.model import Review

VERSION = 1


def document(review: Review) -> str:
    """All of it, sorted and indented: the same review gives the same bytes."""
    return json.dumps(as_json(review), indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def as_json(review: Review) -> dict[str, Any]:
    """The document as plain values."""
    found = asdict(review)
    for plain, env in zip(found["environments"], review.environments, strict=True):
        plain["counts"] = env.counts
    return {"version": VERSION, **found}
