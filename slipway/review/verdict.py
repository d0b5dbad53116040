"""The verdict of a review: its facts by gravity, the worst first, production's before others, each in one sentence.

environments → facts of each → the same fact of several environments once → sorted by gravity
"""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import IntEnum, StrEnum

from policy.table import BY_ID
from slipway.catalog.table import row_of
from slipway.engine.values import urn as urns
from slipway.review.model import Environment, Finding, Item, Op, Review

URN = re.compile(r"urn:pulumi:\S+?::([^\s:'\"]+)(?=['\"\s]|$)")
"""A resource's URN in a text, with its name."""
PRODUCTION = "prod"
"""The environment whose facts come first among those of one gravity."""

WORTH_SAYING = Decimal(1)
"""The change of a month's cost, in the table's currency, from which on it is a fact of the verdict."""

OPENS = {
    "no-public-access": "becomes public",
    "gcp-run-private": "may be called by anybody",
    "aws-function-url-auth": "may be called by anybody",
}
"""Rule → what a new finding of it means in words; of any other rule the title is told."""


class Gravity(IntEnum):
    """How much a fact matters; a smaller number matters more."""

    FAILURE = 0
    OPEN = 1
    DATA = 2
    POLICY = 3
    REMOVED = 4
    GONE = 5
    REPLACED = 6
    COST = 7

    @property
    def grave(self) -> bool:
        """Whether it stops a deployment or loses data."""
        return self <= Gravity.POLICY


class FailOn(StrEnum):
    """What makes ``slipway review`` end with status 1; each value includes those before it."""

    NONE = "none"
    ERROR = "error"
    POLICY = "policy"
    DELETE = "delete"


@dataclass(frozen=True, kw_only=True)
class Fact:
    """One sentence: ``subject`` and ``detail`` are the program's texts, ``sentence`` is ours."""

    gravity: Gravity
    subject: str
    sentence: str
    detail: str = ""
    environments: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Removed:
    """An app, or another component, that goes with all of its parts."""

    component: Item
    parts: tuple[Item, ...]


def verdict(review: Review) -> tuple[Fact, ...]:
    """All facts, the worst first; none if nothing is lost, refused or dearer."""
    merged: dict[tuple[Gravity, str, str, str], list[str]] = {}
    for env in review.environments:
        for fact in _facts(env):
            merged.setdefault((fact.gravity, fact.subject, fact.sentence, fact.detail), []).append(env.name)
    facts = [
        Fact(gravity=gravity, subject=subject, sentence=sentence, detail=detail, environments=tuple(names))
        for (gravity, subject, sentence, detail), names in merged.items()
    ]
    return tuple(
        sorted(facts, key=lambda fact: (fact.gravity, PRODUCTION not in fact.environments, -len(fact.environments)))
    )


def fails(review: Review, level: FailOn) -> bool:
    """Whether the review ends with a failure at this level."""
    envs = review.environments
    reasons = {
        FailOn.ERROR: any(env.status == "failed" or any(item.problem for item in env.items) for env in envs),
        FailOn.POLICY: any(finding.level == "mandatory" for env in envs for finding in env.findings),
        FailOn.DELETE: any(env.counts["delete"] or env.counts["replace"] for env in envs),
    }
    included = list(FailOn)[1 : list(FailOn).index(level) + 1]
    return any(reasons[one] for one in included)


def removed(env: Environment) -> tuple[Removed, ...]:
    """The components that go, the outermost of each, with all that stands in them."""
    by_urn = {item.urn: item for item in env.items}
    parts: dict[str, list[Item]] = {}
    for item in env.items:
        above = _outermost(item, by_urn)
        if item.op == "delete" and above is not None and not item.component:
            parts.setdefault(above.urn, []).append(item)
    return tuple(Removed(component=by_urn[urn], parts=tuple(items)) for urn, items in parts.items())


def _outermost(item: Item, by_urn: dict[str, Item]) -> Item | None:
    """The outermost component above an item that goes; None if none does."""
    outermost, above, seen = None, by_urn.get(item.parent), {item.urn}
    while above is not None and above.urn not in seen:  # a stranger's review may name parents in a circle
        seen.add(above.urn)
        if above.component and above.op == "delete":
            outermost = above
        above = by_urn.get(above.parent)
    return outermost


def _facts(env: Environment) -> Iterator[Fact]:
    here = (env.name,)
    if env.status == "failed":
        yield Fact(
            gravity=Gravity.FAILURE,
            subject=env.name,
            sentence="has a program that fails",
            detail=_reason(env.error),
            environments=here,
        )
    for item in env.items:
        if item.problem:
            yield Fact(
                gravity=Gravity.FAILURE,
                subject=item.name,
                sentence="is refused",
                detail=_reason(item.problem),
                environments=here,
            )
    for finding in env.findings:
        if finding.level == "mandatory":
            yield _of_finding(finding, here)
    yield from _losses(env)
    amount = Decimal(env.cost.monthly)
    if amount >= WORTH_SAYING:
        was = f" ({env.cost.was} → {env.cost.becomes})" if env.cost.becomes else ""
        yield Fact(
            gravity=Gravity.COST,
            subject=env.name,
            sentence=f"costs {env.cost.monthly} {env.cost.currency} more a month{was}",
            environments=here,
        )


def _of_finding(finding: Finding, here: tuple[str, ...]) -> Fact:
    rule = BY_ID.get(finding.rule)
    opened = OPENS.get(finding.rule)
    title = f": {rule.title}" if rule else ""
    return Fact(
        gravity=Gravity.OPEN if opened else Gravity.POLICY,
        subject=urns.name_of(finding.urn) if finding.urn else here[0],
        sentence=opened or f"breaks the policy{title}",
        detail="" if opened else finding.rule,
        environments=here,
    )


def _losses(env: Environment) -> Iterator[Fact]:
    here = (env.name,)
    apps = removed(env)
    in_apps = {part.urn for app in apps for part in app.parts}
    for app in apps:
        data = holds(app.parts)
        yield Fact(
            gravity=Gravity.DATA if _kept_data(app.parts) else Gravity.REMOVED,
            subject=app.component.name,
            sentence=f"is removed{f', with {data}' if data else ''}: {_resources(len(app.parts))}",
            environments=here,
        )
    yield from _single(env, "delete", "is deleted", in_apps)
    yield from _single(env, "replace", "is replaced by a new one, without its data", in_apps)


def _single(env: Environment, op: Op, removed: str, in_apps: Collection[str]) -> Iterator[Fact]:
    """Each resource that takes data with it, and the number of all others, that one thing happens to."""
    items = [item for item in env.changed(op) if item.urn not in in_apps and not item.component]
    for item in items:
        if _kept_data([item]):
            yield Fact(
                gravity=Gravity.DATA,
                subject=item.name,
                sentence=f"{removed} ({row_of(item.type).title})",
                environments=(env.name,),
            )
    others = sum(not _kept_data([item]) for item in items)
    if others:
        yield Fact(
            gravity=Gravity.GONE if op == "delete" else Gravity.REPLACED,
            subject=env.name,
            sentence=f"loses {_resources(others)}" if op == "delete" else f"has {_resources(others)} replaced",
            environments=(env.name,),
        )


def holds(items: Sequence[Item]) -> str:
    """The data that resources hold, in words: "its log of 30 days, its bucket"."""
    words = {}
    for item in items:
        row = row_of(item.type)
        if row.holds_data:
            days = next((change.old for change in item.changes if change.path == "retentionInDays"), "")
            words[f"its {row.words}" + (f" of {days} days" if days.isdigit() else "")] = None
    return ", ".join(words)


def _kept_data(items: Sequence[Item]) -> bool:
    """Whether something goes that does not end by itself."""
    return any(row_of(item.type).holds_data and not row_of(item.type).data_expires for item in items)


def _resources(number: int) -> str:
    return f"{number} resource{'' if number == 1 else 's'}"


def _reason(text: str) -> str:
    """An error's first sentence, or the line below its heading; of a traceback its end. Resources by their names."""
    lines = [line.strip() for line in text.splitlines() if line.strip()] or [""]
    if any(line.startswith("Traceback ") for line in lines):
        lines = lines[-1:]
    elif lines[0].endswith(":"):
        lines = lines[1:] or lines
    reason = " ".join([lines[0], *(line for line in lines[1:2] if line.startswith("because "))])
    return URN.sub(r"\1", reason.partition(". ")[0].rstrip("."))
