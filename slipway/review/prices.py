"""What a change costs a month, by the list prices of the catalog; types without a price are named."""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from slipway.catalog.expectation import by_use, requests_in
from slipway.catalog.model import value_at
from slipway.catalog.offers import APP_ENGINE_NAMES
from slipway.catalog.price import CURRENCY, Free, Price
from slipway.catalog.table import is_in_cloud, row_of
from slipway.review.findings import Declared
from slipway.review.model import Cost, Item, Priced
from slipway.wire.values import Props, bare

APPLICATION = "gcp:appengine/application:Application"
GOOD_FOR = timedelta(days=365)
"""How long after its last confirmation a price is told without a warning."""


def cost(
    items: Iterable[Item], new: Iterable[Declared], old: Iterable[Declared], today: date, expected: str = ""
) -> Cost:
    """What the items add and take away; ``new`` and ``old`` are the resources after and before.

    ``expected`` is what the stack says of its use, as ``1e6 requests a month``.
    """
    requests = requests_in(expected)
    new, old = tuple(new), tuple(old)
    after, before = ({resource.urn: resource for resource in side} for side in (new, old))
    rows: list[Priced] = []
    unpriced: set[str] = set()
    dates: set[str] = set()
    total = Decimal(0)
    for item in items:
        if item.op == "same" or item.component:
            continue
        sides = [side.get(item.urn) for side in (before, after)]
        result = [_price_of(side) if side else None for side in sides]
        regions = [
            _region_of(side, everything) if side else ""
            for side, everything in zip(sides, (before, after), strict=True)
        ]
        amounts = [
            _monthly(row, side, region) if side and row else Decimal(0)
            for side, row, region in zip(sides, result, regions, strict=True)
        ]
        unknown = any(side and not row and not _is_free(side.type) for side, row in zip(sides, result, strict=True))
        cost_before, cost_after = amounts
        if unknown or cost_before is None or cost_after is None:
            unpriced.add(item.type)
            continue
        usage = _usage(result[1], regions[1]) if result[1] and item.op == "create" else ()
        usage = (*usage, *by_use(item.type, usage, requests))
        if cost_before != cost_after or usage:
            total += cost_after - cost_before
            known = {row.page.known_on for row in result if row}
            dates |= known
            since = min((day for day in known if _is_old(day, today)), default="")
            rows.append(
                Priced(
                    name=item.name,
                    type=item.type,
                    op=item.op,
                    monthly=_signed(cost_after - cost_before),
                    usage=usage,
                    unconfirmed_since=since,
                    priced_as=_elsewhere(result[1], regions[1]) if result[1] else _elsewhere(result[0], regions[0]),
                )
            )
    was, becomes = _all_of(old), _all_of(new)
    as_of = min(dates, default="")
    return Cost(
        currency=CURRENCY,
        monthly=_signed(total),
        was=f"{was:.2f}" if rows and (was or becomes) else "",
        becomes=f"{becomes:.2f}" if rows and (was or becomes) else "",
        stale=bool(as_of) and _is_old(as_of, today),
        rows=tuple(sorted(rows, key=lambda row: (-abs(Decimal(row.monthly)), row.type, row.name))),
        unpriced=tuple(sorted(unpriced)),
        as_of=as_of,
    )


def standing(resources: Iterable[Declared]) -> tuple[list[tuple[Declared, Decimal]], list[str]]:
    """The resources that have a fixed price a month, each with it (USD), and the types whose price is not known."""
    by_urn = {resource.urn: resource for resource in resources}
    rows: list[tuple[Declared, Decimal]] = []
    unpriced: set[str] = set()
    for resource in (resource for resource in by_urn.values() if resource.custom):
        price = _price_of(resource)
        monthly = _monthly(price, resource, _region_of(resource, by_urn)) if price else None
        if monthly:
            rows.append((resource, monthly))
        elif monthly is None and not _is_free(resource.type):
            unpriced.add(resource.type)
    return rows, sorted(unpriced)


def _usage(row: Price, region: str) -> tuple[str, ...]:
    """The prices by use in a region, in words."""
    return row.usage_in.get(row.page.priced_as(region), row.usage)


def _elsewhere(row: Price | None, region: str) -> str:
    """The region whose prices a row has in the place of a region's own; empty where it has these."""
    stands_in = row.page.priced_as(region) if row else ""
    return "" if stands_in == region else stands_in


def _all_of(resources: Iterable[Declared]) -> Decimal:
    """The fixed prices of a month of all resources that have one."""
    return sum((monthly for _, monthly in standing(resources)[0]), Decimal(0))


def _region_of(resource: Declared, everything: Mapping[str, Declared]) -> str:
    """The region that a resource or its provider names, or the application of App Engine; empty if none does."""
    provider = everything.get(resource.provider.rpartition("::")[0])
    for inputs in (bare(resource.inputs), bare(provider.inputs) if provider else {}):
        for name in ("region", "location"):
            if isinstance(inputs.get(name), str):
                return inputs[name].lower()
    if resource.type.startswith("gcp:appengine/"):
        # A project has one, and everything of App Engine is where it is.
        applications = (bare(one.inputs) for one in everything.values() if one.type == APPLICATION)
        location = next((one.get("locationId") for one in applications), None)
        return APP_ENGINE_NAMES.get(location, location) if isinstance(location, str) else ""
    return ""


def _price_of(resource: Declared) -> Price | None:
    """The first row that fits the resource; None for a type that has none."""
    price = row_of(resource.type).price
    inputs = bare(resource.inputs)
    return None if isinstance(price, Free) else next((row for row in price if _fits(row, inputs)), None)


def _fits(row: Price, inputs: Props) -> bool:
    return all(value_at(inputs, path) == value for path, value in row.where.items())


def _is_free(type_: str) -> bool:
    return isinstance(row_of(type_).price, Free) or not is_in_cloud(type_)


def _monthly(row: Price, resource: Declared, region: str) -> Decimal | None:
    """The fixed price of a month; None if it depends on what is not known."""
    inputs = bare(resource.inputs)
    if row.estimate:
        return row.estimate(inputs, region)
    price = Decimal(row.monthly)
    if size := row.by_size:
        price = Decimal(size.monthly.get(str(inputs.get(size.path)), size.monthly[size.default]))
    return price * _number(inputs, row.per) if row.per else price


def _is_old(day: str, today: date) -> bool:
    """Whether no public text has said a price for so long that a review warns."""
    return today - date.fromisoformat(day) > GOOD_FOR


def _signed(amount: Decimal) -> str:
    return f"{amount:+.2f}" if amount else "0.00"


def _number(inputs: Props, path: str) -> Decimal:
    """The number at a dotted path; 0 where there is none or it is not known."""
    value: Any = value_at(inputs, path)
    return Decimal(str(value)) if isinstance(value, int | float) and not isinstance(value, bool) else Decimal(0)
