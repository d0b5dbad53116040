"""What a resource type costs: list prices in USD without free tiers, discounts, taxes and traffic.

Each price has its source, its region and the day on which it was read there. A month has 730 hours.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

CURRENCY = "USD"


@dataclass(frozen=True, kw_only=True)
class BySize:
    """Monthly prices by the value of an input."""

    path: str
    monthly: Mapping[str, str]
    default: str
    """The value that the provider takes if the input is not set."""


@dataclass(frozen=True, kw_only=True)
class PricePage:
    """A pricing page as somebody has read it, and the latest public text that has the same figures."""

    url: str
    """Its address; several are separated by commas."""
    region: str
    """The regions whose prices were read, separated by commas; empty if they are the same everywhere. The first one
    stands for those that are not among them, and is the dearest where they differ."""
    as_of: str
    """The day on which it was read, as ISO date."""
    confirmed_by: str = ""
    """The address of a later public text that has every figure of the page's rows."""
    confirmed_on: str = ""
    """The day that this text bears, as ISO date: not the day on which it was found."""
    sought_on: str = ""
    """The day on which such a text was last looked for, as ISO date, whether or not there was one."""

    def __post_init__(self) -> None:
        if bool(self.confirmed_by) != bool(self.confirmed_on):
            raise ValueError(f"{self.url}: a confirmation has an address and a day, got one of them")

    def priced_as(self, region: str) -> str:
        """The region whose prices count for a region; empty for a page without regions and a region not known."""
        regions = self.region.split(", ")
        return region if region in regions or not region else regions[0]

    @property
    def known_on(self) -> str:
        """The last day of which a public text says these prices."""
        return max(self.as_of, self.confirmed_on)

    @property
    def looked_after_on(self) -> str:
        """The last day on which the page was read or a confirmation was looked for."""
        return max(self.known_on, self.sought_on)


@dataclass(frozen=True, kw_only=True)
class Free:
    """The type has no price of its own."""

    page: PricePage | None = None
    """The page that lists none for it; None for a part of another resource, and for what is in no cloud."""


FREE = Free()


@dataclass(frozen=True, kw_only=True)
class Price:
    """The price of a resource of a type, if its inputs fit."""

    page: PricePage
    where: Mapping[str, Any] = field(default_factory=dict)
    """Inputs that a resource must have for this price, by dotted path."""
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
    usage_in: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """By region, where that differs from ``usage``."""
