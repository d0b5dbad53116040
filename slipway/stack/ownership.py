"""Whose a stack is and how long it lives, read from its state: the file may be on somebody else's machine."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

ROOT = "pulumi:pulumi:Stack"
LABELS = ("labels", "tags")


@dataclass(frozen=True)
class Tenure:
    """What a stack says of its owner and end."""

    owner: str
    kind: str
    """``ephemeral`` or ``kept``."""
    expires: date | None
    """The last day; None for a stack without an end."""


@dataclass(frozen=True)
class Verdict:
    """Whether a stack's time has come, and what is said of it."""

    due: bool
    why: str


def tenure(resources: Sequence[Mapping[str, Any]]) -> Tenure | None:
    """From the output ``lifecycle``; where a first ``up`` was interrupted before it, from the resources' labels.

    None where neither says it: such a stack is nobody's to take down.
    """
    for resource in resources:
        said = (resource.get("outputs") or {}).get("lifecycle") if resource.get("type") == ROOT else None
        if isinstance(said, Mapping):
            return Tenure(str(said.get("owner") or ""), str(said.get("kind") or ""), _day(said.get("expires")))
    found = {(labels["owner"], labels["expiry"]) for labels in _labels(resources)}
    if len(found) != 1:
        return None
    ((owner, expiry),) = found
    # Kept stacks are labelled `none`, and so is the sandbox; neither ends by itself.
    return Tenure(owner, "ephemeral", _day(expiry)) if _day(expiry) else None


def judge(resources: Sequence[Mapping[str, Any]], now: date, *, busy: bool = False) -> tuple[Tenure | None, Verdict]:
    """Whether the stack is to be taken down. What is kept, or does not say when it ends, never is."""
    if not resources:
        return None, Verdict(False, "nothing is in it")
    known = tenure(resources)
    if known is None:
        return None, Verdict(False, "says neither what kind it is nor when it ends")
    return known, _judged(known, now, busy=busy)


def _judged(known: Tenure, now: date, *, busy: bool) -> Verdict:
    if known.kind != "ephemeral":
        return Verdict(False, "kept")
    if known.expires is None:
        return Verdict(False, "has no end")
    if now <= known.expires:
        return Verdict(False, f"lives until {known.expires}")
    if busy:
        return Verdict(False, f"expired on {known.expires}, but somebody changes it just now")
    days = (now - known.expires).days
    return Verdict(True, f"expired on {known.expires}, {days} day{'s' if days > 1 else ''} ago")


def _labels(resources: Iterable[Mapping[str, Any]]) -> Iterator[Mapping[str, str]]:
    for resource in resources:
        for name in LABELS:
            labels = (resource.get("inputs") or {}).get(name)
            if isinstance(labels, Mapping) and {"owner", "expiry"} <= labels.keys():
                yield labels


def _day(said: object) -> date | None:
    try:
        return date.fromisoformat(str(said))
    except ValueError:
        return None
