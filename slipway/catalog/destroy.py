"""Decides what a destroy does to a resource: whether it goes, what stops it, what lingers. Pure: no cloud is asked.

The forecast of ``slipway destroy`` and the review's list of what remains are both made of these decisions.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from slipway.catalog.model import UNKNOWN_COST, Condition, Linger
from slipway.catalog.table import PROJECT, row_of

PREVENT = Condition(path="deletionPolicy", values=("PREVENT",))
ABANDON = Condition(path="deletionPolicy", values=("ABANDON",))
UNSURE = " (its input {path} is not known yet)"


@dataclass(frozen=True, kw_only=True)
class Deployed:
    """A resource as a destroy meets it."""

    type: str
    urn: str
    id: str = ""
    inputs: Mapping[str, Any]
    protected: bool = False
    """Whether the stack's state protects it."""
    retained: bool = False
    """Whether the stack only forgets it (``retain_on_delete``)."""
    deleted_with: str = ""
    """The URN of a resource whose deletion deletes it as well."""


@dataclass(frozen=True, kw_only=True)
class Blocking:
    """What stops a destroy."""

    why: str
    certain: bool
    """Whether it stops the destroy, or only may."""
    protected: bool = False
    """Whether the stack's state protects the resource, which can be lifted."""


@dataclass(frozen=True, kw_only=True)
class Lingering:
    """What is left of a resource when the destroy has succeeded."""

    what: str
    """What it is, if it is not the resource itself."""
    until: str
    cost: str
    """What it costs until then: ``nothing``, ``unknown``, or words."""
    counted: str
    """Words that several such resources share in one line; else empty."""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What a destroy does to one resource."""

    goes: bool
    """Whether the cloud is asked to delete it."""
    blocking: tuple[Blocking, ...]
    lingering: tuple[Lingering, ...]


def outcomes(resources: Sequence[Deployed]) -> tuple[Outcome, ...]:
    """An outcome for each resource, in their order: what is in a project that goes, goes with it."""
    projects = {one.urn for one in resources if one.type == PROJECT and not _is_left(one)}
    return tuple(_outcome(one, projects) for one in resources)


def _outcome(resource: Deployed, projects: Collection[str]) -> Outcome:
    row = row_of(resource.type)
    in_project = resource.deleted_with in projects or bool(projects and row.goes_with_project)
    return Outcome(
        goes=not _is_left(resource),
        blocking=tuple(_blocking(resource)),
        lingering=() if in_project else tuple(_lingering(resource)),
    )


def _is_left(resource: Deployed) -> bool:
    """Whether the stack forgets the resource and its cloud keeps it."""
    return resource.retained or _policy(resource, ABANDON) is True


def _policy(resource: Deployed, policy: Condition) -> bool | None:
    """Whether the resource's deletion policy is this one; None if the policy is not known yet."""
    default = row_of(resource.type).deletion_policy
    return Condition(path=policy.path, values=policy.values, default=default).holds(resource.inputs)


def _blocking(resource: Deployed) -> Iterator[Blocking]:
    if resource.protected:
        yield Blocking(why="protected in the stack's state", certain=True, protected=True)
    if resource.retained:
        return
    row = row_of(resource.type)
    policy = _policy(resource, PREVENT)
    if policy is not False:
        unsure = "" if policy else UNSURE.format(path="deletionPolicy")
        yield Blocking(why=f"its deletion policy is PREVENT{unsure}", certain=policy is True)
    for block in row.stops_destroy:
        applies = block.when.holds(resource.inputs)
        if applies is not False:
            unsure = "" if applies else UNSURE.format(path=block.when.path)
            yield Blocking(why=f"{block.why}{unsure}", certain=block.certain and applies is True)
    if row.empty_first and not _is_left(resource):
        empties = Condition(path=row.empty_first, values=(True,)).holds(resource.inputs)
        if not empties:
            yield Blocking(why=f"is deleted only when it is empty ({row.empty_first} is off)", certain=False)


def _lingering(resource: Deployed) -> Iterator[Lingering]:
    remaining = _is_left(resource)
    rules = [rule for rule in row_of(resource.type).lingers if rule.retained_too or not remaining]
    lines = [line for rule in rules if (line := _line(resource, rule))]
    yield from lines
    if remaining and not lines:
        yield Lingering(what="", until="forever: the stack only forgets it", cost=UNKNOWN_COST, counted="")


def _line(resource: Deployed, rule: Linger) -> Lingering | None:
    applies = rule.when.holds(resource.inputs) if rule.when else True
    days = rule.days.of(resource.inputs) if rule.days else 1
    if applies is False or not days:
        return None
    unsure = UNSURE.format(path=rule.when.path) if rule.when and applies is None else ""
    return Lingering(
        what=rule.what.format(id=resource.id),
        until=rule.until.format(days=days) + unsure,
        cost=rule.cost,
        counted=rule.counted,
    )
