"""Whose each thing in a cloud is: the URN that created it, and whether that creation came to its end.

A creation may take over only what an interrupted creation of the same URN has made. The proof is written before the
cloud is asked: nothing of this id was there, and this URN was about to create it.
"""

import threading
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, kw_only=True)
class Claim:
    """What one resource has to do with a thing in the cloud."""

    urn: str
    pending: bool
    """Whether its creation was begun and has not ended."""


class Owners(Protocol):
    """A record of claims by resource type and id, which outlives the process where the cloud does."""

    def claims(self, type: str, id: str) -> list[Claim]:
        """Every claim on a thing: one that owns it, and those whose creation was cut off."""
        ...

    def begin(self, type: str, id: str, urn: str) -> None:
        """Write down that ``urn`` is about to create a thing that is not there."""

    def withdraw(self, type: str, id: str, urn: str) -> None:
        """Remove a pending claim: the cloud has refused the creation."""

    def own(self, type: str, id: str, urn: str) -> None:
        """Write down that the thing is ``urn``'s, and only its."""

    def free(self, type: str, id: str) -> None:
        """Remove every claim on a thing that is gone."""


class OwnersInMemory:
    """The record of a process that keeps none beyond its end."""

    def __init__(self) -> None:
        self._claims: dict[tuple[str, str], dict[str, bool]] = {}
        self._lock = threading.Lock()

    def claims(self, type: str, id: str) -> list[Claim]:
        """Every claim on a thing."""
        with self._lock:
            return [Claim(urn=urn, pending=p) for urn, p in self._claims.get((type, id), {}).items()]

    def begin(self, type: str, id: str, urn: str) -> None:
        """Add a pending claim."""
        with self._lock:
            self._claims.setdefault((type, id), {})[urn] = True

    def withdraw(self, type: str, id: str, urn: str) -> None:
        """Remove it where it is still pending."""
        with self._lock:
            claims = self._claims.get((type, id), {})
            if claims.get(urn):
                del claims[urn]

    def own(self, type: str, id: str, urn: str) -> None:
        """Replace every claim by one."""
        with self._lock:
            self._claims[type, id] = {urn: False}

    def free(self, type: str, id: str) -> None:
        """Remove every claim."""
        with self._lock:
            self._claims.pop((type, id), None)


def proven(claims: list[Claim], urn: str, *, resumes: bool) -> bool:
    """Whether a thing that is there was made by an interrupted creation of ``urn``.

    Its own claim must be there and be the only one; one that came to its end counts where the engine says that it was
    cut off (it may not have received the answer).
    """
    return len(claims) == 1 and claims[0].urn == urn and (claims[0].pending or resumes)


def another(claims: list[Claim], urn: str) -> str:
    """The URN of another resource that owns the thing; "" where there is none."""
    return next((claim.urn for claim in claims if claim.urn != urn and not claim.pending), "")
