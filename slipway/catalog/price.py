"""What a resource type costs: list prices in USD without free tiers, discounts, taxes and traffic.

Each price has its source, its region and the day on which it was read there. A month has 730 hours.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

CURRENCY = "USD"


@dataclass(frozen=True, kw_only=True)
class Free:
    """The type has no price of its own: its service's pricing page lists none."""


FREE = Free()


@dataclass(frozen=True, kw_only=True)
class BySize:
    """Monthly prices by the value of an input."""

    path: str
    monthly: Mapping[str, str]
    default: str
    """The value that the provider takes if the input is not set."""


@dataclass(frozen=True, kw_only=True)
class PricePage:
    """A pricing page as somebody has read it."""

    url: str
    """Its address; several are separated by commas."""
    region: str
    """The region whose prices were read; empty if they are the same everywhere."""
    as_of: str
    """The day on which it was read, as ISO date."""


@dataclass(frozen=True, kw_only=True)
class Price:
    """The price of a resource of a type, if its inputs fit."""

    page: PricePage
    where: Mapping[str, Any] = field(default_factory=dict)
    """Inputs that a resource must have for this price."""
    monthly: str = "0"
    """The fixed price of a month."""
    by_size: BySize | None = None
    """Picks the price of a month by an input."""
    per: str = ""
    """The input whose number multiplies the price of a month; 0 if it is missing."""
    estimate: Callable[[Mapping[str, Any], str], Decimal | None] | None = None
    """The price of a month by inputs and region, in the place of the three above; None if inputs are not known yet."""
    usage: tuple[str, ...] = ()
    """What is paid by use on top: a number, and what it is for."""
