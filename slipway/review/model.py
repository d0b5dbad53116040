"""What a review knows, as plain facts: the same whether it comes from two revisions or from the command's preview.

Texts are as a reader may see them: secrets are ``[secret]``, what only the cloud knows is ``[unknown]`` or named in
``⟨⟩``. They come from the program under review, so every renderer escapes them.
"""

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Literal

Op = Literal["replace", "delete", "create", "update", "same"]
OPS: tuple[Op, ...] = ("replace", "delete", "create", "update", "same")
"""In the order in which they matter to a reader."""

Status = Literal["compared", "new", "removed", "failed", "base-failed", "planned"]
"""``planned`` is the command's own preview of a real stack; ``base-failed`` is told as if nothing were there yet."""


@dataclass(frozen=True, kw_only=True)
class Change:
    """One property that differs."""

    path: str
    kind: Literal["add", "delete", "update"]
    old: str = ""
    new: str = ""
    replaces: bool = False
    """Whether it makes the change a replacement."""


@dataclass(frozen=True, kw_only=True)
class Item:
    """One resource, and what happens to it."""

    urn: str
    type: str
    name: str
    op: Op
    parent: str = ""
    needs: tuple[str, ...] = ()
    """URNs of what it depends on, sorted."""
    changes: tuple[Change, ...] = ()
    source: str = ""
    """Where the program declares it, as ``file:line``."""
    protect: bool = False
    component: bool = False
    problem: str = ""
    """Why the engine will not do it."""


@dataclass(frozen=True, kw_only=True)
class Finding:
    """A fault that the policy finds."""

    rule: str
    level: str
    urn: str
    message: str


@dataclass(frozen=True, kw_only=True)
class Priced:
    """A resource whose price a change adds or takes away."""

    name: str
    type: str
    op: Op
    monthly: str
    """Change of the monthly list price, signed, in the table's currency, two digits: ``+4.10``; ``0.00`` for none."""
    usage: tuple[str, ...] = ()
    """What is paid by use on top, in words."""
    unconfirmed_since: str = ""
    """The last day of which a public text says the price, if that is more than a year ago."""
    priced_as: str = ""
    """The region whose prices these are, where the table has none of the resource's own."""


@dataclass(frozen=True, kw_only=True)
class Cost:
    """What a change costs a month, as far as the table of prices says."""

    currency: str = "USD"
    monthly: str = "0.00"
    """The difference a month, signed."""
    was: str = ""
    """What all that has a fixed price costs a month before the change; empty if nothing has one."""
    becomes: str = ""
    """And after it."""
    rows: tuple[Priced, ...] = ()
    unpriced: tuple[str, ...] = ()
    """Types that the table does not have, sorted."""
    as_of: str = ""
    """The oldest of the days on which the prices that were used were last confirmed."""
    stale: bool = False
    """Whether that date is more than a year ago."""

    def __post_init__(self) -> None:
        """Amounts and dates stand outside of code in a document, so they can be nothing else."""
        amounts = (self.monthly, self.was, self.becomes, *(row.monthly for row in self.rows))
        if not all(re.fullmatch(r"([+-]?[0-9]+\.[0-9]{2})?", amount) for amount in amounts):
            raise ValueError("an amount is not a number with two digits behind the point")
        days = (self.as_of, *(row.unconfirmed_since for row in self.rows))
        if not all(re.fullmatch(r"[a-z0-9-]*", row.priced_as) for row in self.rows):
            raise ValueError("a region has other letters than a-z, 0-9 and -")
        if not re.fullmatch(r"[A-Z]{3}", self.currency) or not all(
            re.fullmatch(r"([0-9]{4}(-[0-9]{2}){2})?", day) for day in days
        ):
            raise ValueError("a currency has three letters, and a date is YYYY-MM-DD")


@dataclass(frozen=True, kw_only=True)
class Leftover:
    """What stays after a ``destroy``, or stands in its way."""

    urn: str
    name: str
    type: str
    what: str
    blocks: bool
    """Whether it stops the destroy; otherwise it outlives it."""
    new: bool
    """Whether the change under review brings it."""


@dataclass(frozen=True, kw_only=True)
class ArtifactChange:
    """What is behind another digest of an app."""

    app: str
    old: str
    new: str
    lines: tuple[str, ...]
    """Files and packages: ``+ path``, ``~ package flask 3.0.0 -> 3.1.0``."""


@dataclass(frozen=True, kw_only=True)
class Scanned:
    """What a scanner knows of an app's package or of a base image: a vulnerability, an age, or why it knows nothing."""

    subject: str
    """The app, or the base."""
    text: str
    new: bool = False
    """Whether the change under review brings it."""


@dataclass(frozen=True, kw_only=True)
class Environment:
    """What happens to one environment."""

    name: str
    status: Status
    error: str = ""
    items: tuple[Item, ...] = ()
    """Every resource, changed or not, sorted by URN."""
    artifacts: tuple[ArtifactChange, ...] = ()
    findings: tuple[Finding, ...] = ()
    """New ones."""
    fixed: tuple[Finding, ...] = ()
    cost: Cost = field(default_factory=Cost)
    leftovers: tuple[Leftover, ...] = ()
    warnings: tuple[str, ...] = ()
    scanned: tuple[Scanned, ...] = ()
    """Empty where this machine has no scanner."""
    unlisted: int = 0
    """Unchanged resources that are not among the items: the command's preview only counts them."""

    @property
    def counts(self) -> dict[Op, int]:
        """How many resources each thing happens to; components are their parts."""
        result = Counter(item.op for item in self.items if not item.component)
        return {op: result[op] + (self.unlisted if op == "same" else 0) for op in OPS}

    def changed(self, *ops: Op) -> list[Item]:
        """The resources that one of ``ops`` happens to; a component only where nothing says more than it does."""
        return [item for item in self.items if item.op in ops and (not item.component or item.changes)]


@dataclass(frozen=True, kw_only=True)
class Review:
    """What a change does to every environment; ``base`` and ``head`` are revisions, both empty for a preview."""

    base: str
    head: str
    environments: tuple[Environment, ...]

    @property
    def title(self) -> str:
        """What it is about, in one line."""
        if self.base or self.head:
            return f"What this changes: {self.base} → {self.head}"
        return f"What an up would do: {', '.join(env.name for env in self.environments)}"
