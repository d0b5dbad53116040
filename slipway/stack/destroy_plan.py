"""The plan of a ``destroy``, made from the state alone: what goes, what blocks, what lingers and what that costs."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from slipway.catalog.destroy import Deployed, Outcome, outcomes
from slipway.catalog.table import is_in_cloud, row_of

Entry: TypeAlias = Mapping[str, Any]
"""A resource as a state has it: type, id, inputs, outputs, protect, …"""


@dataclass(frozen=True)
class Named:
    """A resource in words: what it is, and what its cloud calls it."""

    what: str
    id: str
    type: str = ""


@dataclass(frozen=True)
class Blocking:
    """What stands in the way."""

    what: Named
    why: str
    certain: bool
    """Whether it stops the destroy, or only may."""
    protected: bool = False
    """Whether it is the state that protects it, which can be lifted."""


@dataclass(frozen=True)
class Lingering:
    """What is left when the destroy has succeeded."""

    what: Named
    until: str
    cost: str
    """Until then: ``nothing``, ``unknown``, or an amount."""


@dataclass(frozen=True)
class DestroyPlan:
    """The effects of a destroy; empty for a stack with nothing in it."""

    going: tuple[tuple[str, int], ...]
    """Type and number of what will be deleted, the most first."""
    stateful: tuple[Named, ...]
    blocking: tuple[Blocking, ...]
    lingering: tuple[Lingering, ...]

    @property
    def count(self) -> int:
        """How many resources are deleted."""
        return sum(number for _, number in self.going)

    @property
    def protected(self) -> bool:
        """Whether the state protects something."""
        return any(blocking.protected for blocking in self.blocking)


def plan_destroy(resources: Sequence[Entry]) -> DestroyPlan:
    """The effects of destroying ``resources``. Pure: no cloud is asked."""
    real = [entry for entry in resources if _real(entry)]
    decided = list(zip(real, outcomes([_deployed(entry) for entry in real]), strict=True))
    going = [entry for entry, outcome in decided if outcome.goes]
    counted = Counter(str(entry["type"]) for entry in going)
    return DestroyPlan(
        going=tuple(sorted(counted.items(), key=lambda pair: (-pair[1], pair[0]))),
        stateful=tuple(_named(entry) for entry in going if row_of(str(entry["type"])).holds_data),
        blocking=tuple(
            Blocking(_named(entry), block.why, block.certain, block.protected)
            for entry, outcome in decided
            for block in outcome.blocking
        ),
        lingering=tuple(_lingering(decided)),
    )


def real_ids(resources: Sequence[Entry]) -> list[tuple[str, str, Entry]]:
    """Type, id and entry of every resource that a cloud has, in the state's order."""
    return [(str(entry["type"]), str(entry.get("id") or ""), entry) for entry in resources if _real(entry)]


def _real(entry: Entry) -> bool:
    if not entry.get("custom") or entry.get("external"):
        return False
    return is_in_cloud(str(entry["type"]))


def _deployed(entry: Entry) -> Deployed:
    return Deployed(
        type=str(entry["type"]),
        urn=str(entry["urn"]),
        id=_name(entry),
        inputs=entry.get("inputs") or {},
        protected=bool(entry.get("protect")),
        retained=bool(entry.get("retainOnDelete")),
        deleted_with=str(entry.get("deletedWith") or ""),
    )


def _lingering(decided: Sequence[tuple[Entry, Outcome]]) -> Iterator[Lingering]:
    """A line for each thing that lingers; resources of one kind that are counted share the last lines."""
    counted: dict[str, list[tuple[Entry, str, str]]] = {}
    for entry, outcome in decided:
        for line in outcome.lingering:
            if line.counted:
                counted.setdefault(line.counted, []).append((entry, line.until, line.cost))
                continue
            named = Named(*line.what.rpartition(" ")[::2]) if line.what else _named(entry)
            yield Lingering(named, line.until, line.cost)
    for words, lines in counted.items():
        entry, until, cost = lines[0]
        project = str((entry.get("inputs") or {}).get("project", ""))
        yield Lingering(Named(f"{len(lines)} {words}", project), until, cost)


def _named(entry: Entry) -> Named:
    return Named(row_of(str(entry["type"])).title, _name(entry), str(entry["type"]))


def _name(entry: Entry) -> str:
    return str(entry.get("id") or str(entry["urn"]).rpartition("::")[2])
