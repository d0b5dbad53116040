"""A function's published versions: listed and deleted, in the emulator or, with endpoint None, in AWS."""

import datetime
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from slipway.sandbox.aws.clients import Aws, Endpoint
from slipway.sandbox.aws.errors import refusals, unless_gone

ARTIFACT = re.compile(r"\bartifact ([0-9a-f]{12,64})\b")
"""What our functions say in their description, which a published version keeps."""


@dataclass(frozen=True)
class FunctionVersion:
    """A published version. ``share`` is what the alias sends there, 0 to 1."""

    number: str
    digest: str
    """How its artifact's digest begins (hex); "" where its description does not tell."""
    made: datetime.datetime
    share: float


def versions(endpoint: Endpoint | None, region: str, function: str, alias: str) -> list[FunctionVersion]:
    """The published versions, newest first. Raises :class:`~slipway.sandbox.handler.CloudError`."""
    client = _aws(endpoint, region).client("lambda")
    with refusals(f"reading the versions of Lambda Function ({function})"):
        pages = client.get_paginator("list_versions_by_function").paginate(FunctionName=function)
        result = [one for page in pages for one in page["Versions"] if one["Version"] != "$LATEST"]
        pointing = unless_gone(client.get_alias, FunctionName=function, Name=alias) or {}
    others = (pointing.get("RoutingConfig") or {}).get("AdditionalVersionWeights") or {}
    shares = {pointing.get("FunctionVersion"): 1 - sum(others.values()), **others}
    created = [
        FunctionVersion(
            number=one["Version"],
            digest=match[1] if (match := ARTIFACT.search(one.get("Description") or "")) else "",
            made=_moment(one["LastModified"]),
            share=round(shares.get(one["Version"], 0), 4),
        )
        for one in result
    ]
    return sorted(created, key=lambda version: int(version.number), reverse=True)


def delete_versions(endpoint: Endpoint | None, region: str, function: str, numbers: Sequence[str]) -> None:
    """Delete published versions; one that is gone already counts as deleted. Lambda refuses one an alias points at."""
    client = _aws(endpoint, region).client("lambda")
    for number in numbers:
        with refusals(f"deleting version {number} of Lambda Function ({function})"):
            unless_gone(client.delete_function, FunctionName=function, Qualifier=number)


def _moment(text: str) -> datetime.datetime:
    """``2026-11-21T15:50:01.000+0000``, as Lambda writes it."""
    return datetime.datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%f%z")


@cache
def _aws(endpoint: Endpoint | None, region: str) -> Aws:
    return Aws(endpoint, region)
