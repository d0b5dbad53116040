"""What a change costs a month, by the list prices of ``prices.yaml``; what that table does not have is said."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from slipway.review.findings import Declared
from slipway.review.model import Cost, Item, Op, Priced
from slipway.wire.values import Props, bare

TABLE = Path(__file__).with_name("prices.yaml")


@dataclass(frozen=True, kw_only=True)
class Row:
    """One row of the table."""

    type: str
    where: Mapping[str, Any]
    monthly: Decimal
    per: str
    by: Mapping[str, Any]
    usage: tuple[str, ...]
    source: str
    as_of: str

    def fits(self, type_: str, inputs: Props) -> bool:
        """Whether it prices a resource of this type with these inputs."""
        return self.type == type_ and all(inputs.get(name) == value for name, value in self.where.items())

    def price(self, inputs: Props) -> Decimal:
        """The fixed price of a month."""
        price = self.monthly
        if self.by:
            table = self.by["monthly"]
            price = Decimal(table.get(inputs.get(self.by["property"]), table[self.by["default"]]))
        return price * _number(inputs, self.per) if self.per else price


class Prices:
    """The table of prices."""

    def __init__(self, table: Mapping[str, Any]) -> None:
        self.currency = str(table["currency"])
        self.rows = tuple(_row(raw) for raw in table["rows"])
        self.free = tuple(table["free"]["types"])

    @classmethod
    def load(cls, file: Path = TABLE) -> "Prices":
        """The table in a file."""
        from ruamel.yaml import YAML

        return cls(YAML(typ="safe", pure=True).load(file.read_text(encoding="utf-8")))

    def cost(self, items: Iterable[Item], new: Iterable[Declared], old: Iterable[Declared]) -> Cost:
        """What the items add and take away; ``new`` and ``old`` are the resources after and before."""
        after, before = ({resource.urn: resource for resource in side} for side in (new, old))
        rows: list[Priced] = []
        unpriced: set[str] = set()
        dates: set[str] = set()
        total = Decimal(0)
        for item in items:
            if item.op == "same" or item.component:
                continue
            sides = [side.get(item.urn) for side in (before, after)]
            found = [self._row(side) if side else None for side in sides]
            if any(side and not row and not self._is_free(side.type) for side, row in zip(sides, found, strict=True)):
                unpriced.add(item.type)
                continue
            was, will = (
                row.price(bare(side.inputs)) if side and row else Decimal(0)
                for side, row in zip(sides, found, strict=True)
            )
            usage = found[1].usage if found[1] and item.op == "create" else ()
            if was != will or usage:
                total += will - was
                dates |= {row.as_of for row in found if row}
                rows.append(_priced(item.name, item.type, item.op, will - was, usage))
        return Cost(
            currency=self.currency,
            monthly=_signed(total),
            rows=tuple(sorted(rows, key=lambda row: (-abs(Decimal(row.monthly)), row.type, row.name))),
            unpriced=tuple(sorted(unpriced)),
            as_of=min(dates, default=""),
        )

    def _row(self, resource: Declared) -> Row | None:
        inputs = bare(resource.inputs)
        return next((row for row in self.rows if row.fits(resource.type, inputs)), None)

    def _is_free(self, type_: str) -> bool:
        return any(fnmatchcase(type_, pattern) for pattern in self.free)


def _row(raw: Mapping[str, Any]) -> Row:
    return Row(
        type=raw["type"],
        where=raw.get("where", {}),
        monthly=Decimal(raw.get("monthly", "0")),
        per=raw.get("per", ""),
        by=raw.get("by", {}),
        usage=tuple(raw.get("usage", ())),
        source=raw["source"],
        as_of=str(raw["as_of"]),
    )


def _priced(name: str, type_: str, op: Op, monthly: Decimal, usage: tuple[str, ...]) -> Priced:
    return Priced(name=name, type=type_, op=op, monthly=_signed(monthly), usage=usage)


def _signed(amount: Decimal) -> str:
    return f"{amount:+.2f}" if amount else "0.00"


def _number(inputs: Props, path: str) -> Decimal:
    """The number at a dotted path; 0 where there is none or it is not known."""
    value: Any = inputs
    for step in path.split("."):
        value = value.get(step) if isinstance(value, dict) else None
    return Decimal(str(value)) if isinstance(value, int | float) and not isinstance(value, bool) else Decimal(0)
