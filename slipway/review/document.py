"""A review as JSON, for other tools. The shape is described in docs/guide/review.md; ``version`` counts its changes."""

import json
from dataclasses import asdict
from typing import Any

from slipway.errors import UserError
from slipway.review.model import Review

VERSION = 2
LARGEST = 64 << 20
"""Bytes of a document that is read; a review of 2,000 resources has 4 MB."""


def document(review: Review) -> str:
    """All of it, sorted and indented: the same review gives the same bytes."""
    return json.dumps(as_json(review), indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def as_json(review: Review) -> dict[str, Any]:
    """The document as plain values."""
    result = asdict(review)
    for plain, env in zip(result["environments"], review.environments, strict=True):
        plain["counts"] = env.counts
    return {"version": VERSION, **result}


def parse(data: bytes) -> Review:
    """The review of a document that a stranger may have written: every field has its type, and there are no others.

    Raises :class:`UserError` for anything else.
    """
    from pydantic import ConfigDict, TypeAdapter, ValidationError, with_config  # only this command validates

    if len(data) > LARGEST:
        raise UserError(f"the document is larger than {LARGEST >> 20} MB: write it with `slipway review --json FILE`")
    try:
        plain = json.loads(data)
        if not isinstance(plain, dict) or plain.pop("version", None) != VERSION:
            raise UserError(f"no review of version {VERSION}: write it with `slipway review --json FILE`")
        for env in plain.get("environments", ()):
            env.pop("counts", None)  # they follow from the rest
        adapter = TypeAdapter(with_config(ConfigDict(extra="forbid", strict=True))(Review))
        return adapter.validate_json(json.dumps(plain))
    except ValidationError as wrong:
        first = wrong.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise UserError(f"no review that can be shown: {place}: {first['msg']}") from None
    except (ValueError, AttributeError, TypeError, RecursionError) as error:
        raise UserError(f"no review that can be shown: {error}") from None
