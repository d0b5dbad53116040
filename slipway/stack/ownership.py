"""Owner and expiry of a stack, read from its state: the stack's file may be on another person's machine."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

STACK_TYPE = "pulumi:pulumi:Stack"
LABEL_KEYS = ("labels", "tags")


@dataclass(frozen=True)
class Ownership:
    """Who answers for a stack, and until when it lives."""

    owner: str
    kind: str
    """``ephemeral`` or ``kept``."""
    expires: date | None
    """The last day; None for a stack without an end."""


@dataclass(frozen=True)
class Verdict:
    """Whether a stack is past its last day, and the sentence that explains it."""

    due: bool
    why: str


def ownership_of(resources: Sequence[Mapping[str, Any]]) -> Ownership | None:
    """Owner and expiry from the output ``lifecycle``; after an interrupted first ``up``, from the resources' labels.

    None if neither records an owner and expiry; such stacks are never reaped.
    """
    for resource in resources:
        if resource.get("type") != STACK_TYPE:
            continue
        lifecycle = (resource.get("outputs") or {}).get("lifecycle")
        if isinstance(lifecycle, Mapping):
            owner, kind = str(lifecycle.get("owner") or ""), str(lifecycle.get("kind") or "")
            return Ownership(owner, kind, _day(lifecycle.get("expires")))
    pairs = {(labels["owner"], labels["expiry"]) for labels in _labels(resources)}
    if len(pairs) != 1:
        return None
    ((owner, expiry),) = pairs
    # The label of kept stacks and of the sandbox is `none`; neither ends by itself.
    return Ownership(owner, "ephemeral", _day(expiry)) if _day(expiry) else None


def judge(resources: Sequence[Mapping[str, Any]], now: date, *, busy: bool = False) -> tuple[Ownership | None, Verdict]:
    """Whether the stack is to be destroyed. A kept stack, or one without a recorded expiry, never is."""
    if not resources:
        return None, Verdict(False, "nothing is in it")
    ownership = ownership_of(resources)
    if ownership is None:
        return None, Verdict(False, "records neither its kind nor its expiry")
    return ownership, _verdict(ownership, now, busy=busy)


def _verdict(ownership: Ownership, now: date, *, busy: bool) -> Verdict:
    if ownership.kind != "ephemeral":
        return Verdict(False, "kept")
    if ownership.expires is None:
        return Verdict(False, "has no end")
    if now <= ownership.expires:
        return Verdict(False, f"lives until {ownership.expires}")
    if busy:
        return Verdict(False, f"expired on {ownership.expires}, but another command changes it now")
    days = (now - ownership.expires).days
    return Verdict(True, f"expired on {ownership.expires}, {days} day{'s' if days > 1 else ''} ago")


def _labels(resources: Iterable[Mapping[str, Any]]) -> Iterator[Mapping[str, str]]:
    for resource in resources:
        for key in LABEL_KEYS:
            labels = (resource.get("inputs") or {}).get(key)
            if isinstance(labels, Mapping) and {"owner", "expiry"} <= labels.keys():
                yield labels


def _day(value: object) -> date | None:
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        return None
