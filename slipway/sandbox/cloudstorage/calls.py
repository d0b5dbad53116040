"""Requests as the methods of the API take them, and what these give back."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from slipway.sandbox.cloudstorage import preconditions
from slipway.sandbox.cloudstorage.errors import StorageError, required
from slipway.sandbox.cloudstorage.preconditions import Preconditions


@dataclass(frozen=True, kw_only=True)
class Call:
    """A request to one method, its body whole."""

    path: Mapping[str, str]
    """The parts of the path that the method names: ``bucket``, ``object``."""
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    """By their names in lower case."""
    content: bytes = b""
    base: str = ""
    """Where the client has reached the service: ``http://127.0.0.1:PORT``."""

    @property
    def bucket(self) -> str:
        """The bucket that is named."""
        return self.path["bucket"]

    @property
    def object(self) -> str:
        """The object that is named."""
        return self.path["object"]

    @cached_property
    def document(self) -> dict[str, Any]:
        """The body as JSON; {} without one. Raises :class:`StorageError`."""
        return parsed(self.content)

    def preconditions(self, source: str = "") -> Preconditions:
        """The conditions that it sets. Raises :class:`StorageError`."""
        return preconditions.of(self.query, {} if source else self.headers, source)

    def number(self, name: str) -> int | None:
        """A parameter that is a number; None without it. Raises :class:`StorageError`."""
        return preconditions.number(self.query, name)

    def most(self, longest: int = 1000) -> int:
        """How many items one page may have."""
        return min(self.number("maxResults") or longest, longest)

    def needed(self, name: str) -> str:
        """A parameter. Raises :class:`StorageError` where it is not there."""
        value = self.query.get(name, "")
        if not value:
            raise required(name)
        return value


@dataclass(frozen=True, kw_only=True)
class Reply:
    """What a method gives back: JSON, or nothing with 204."""

    document: Mapping[str, Any] | None = None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


def parsed(content: bytes) -> dict[str, Any]:
    """A body as JSON; {} where there is none. Raises :class:`StorageError`."""
    if not content.strip():
        return {}
    try:
        document = json.loads(content)
    except (ValueError, RecursionError):
        raise StorageError(400, "parseError", "Parse Error") from None
    if not isinstance(document, dict):
        raise StorageError(400, "parseError", "Parse Error")
    return document
