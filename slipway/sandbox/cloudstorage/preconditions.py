"""Conditions that a request sets on what is there: https://cloud.google.com/storage/docs/request-preconditions."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from slipway.sandbox.cloudstorage.errors import StorageError, condition_not_met, invalid


class NotModified(Exception):
    """A read of what the client has already: status 304."""


@dataclass(frozen=True, kw_only=True)
class Preconditions:
    """The four of them; None for one that is not set."""

    generation: int | None = None
    """The live object has this generation; 0: there is none."""
    not_generation: int | None = None
    metageneration: int | None = None
    not_metageneration: int | None = None
    etag: str = ""
    not_etag: str = ""

    def check(self, resource: Mapping[str, Any] | None, *, reading: bool = False) -> None:
        """Raises :class:`StorageError` or, for a read, :class:`NotModified`. ``resource`` is what is there now."""
        generation = int(resource.get("generation", 0)) if resource else 0
        metageneration = int(resource.get("metageneration", 0)) if resource else 0
        etag = str(resource.get("etag", "")) if resource else ""
        for expected, actual in ((self.generation, generation), (self.metageneration, metageneration)):
            if expected is not None and expected != actual:
                raise condition_not_met()
        if self.etag and self.etag not in (etag, "*"):
            raise condition_not_met()
        same = (self.not_generation == generation, self.not_metageneration == metageneration)
        if any(same) or (self.not_etag and self.not_etag in (etag, "*")):
            raise NotModified if reading else condition_not_met("If-None-Match")


def of(query: Mapping[str, str], headers: Mapping[str, str] | None = None, source: str = "") -> Preconditions:
    """The conditions of a request; with ``source="Source"`` those on the object that is copied."""
    headers = headers or {}
    return Preconditions(
        generation=number(query, f"if{source}GenerationMatch"),
        not_generation=number(query, f"if{source}GenerationNotMatch"),
        metageneration=number(query, f"if{source}MetagenerationMatch"),
        not_metageneration=number(query, f"if{source}MetagenerationNotMatch"),
        etag=_tag(headers.get("if-match", "")),
        not_etag=_tag(headers.get("if-none-match", "")),
    )


def number(query: Mapping[str, str], name: str) -> int | None:
    """A parameter that is a number; None where it is not given. Raises :class:`StorageError`."""
    value = query.get(name)
    if value is None:
        return None
    if not (value.isascii() and value.isdigit()):
        raise StorageError(
            400,
            "invalidParameter",
            f"Invalid value '{value}'. Values must match the following regular expression: '\\d+'",
            place={"locationType": "parameter", "location": name},
        )
    if int(value) >= 1 << 63:
        raise invalid(f"Invalid unsigned integer value: '{value}'.")
    return int(value)


def _tag(value: str) -> str:
    return value.strip().removeprefix("W/").strip('"')
