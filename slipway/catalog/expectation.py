"""What a stack says of its use, and what that costs by the prices of requests."""

import re
from collections.abc import Sequence
from decimal import Decimal

WORDS = re.compile(r"(?P<number>\d{1,15}(\.\d+)?(e\d{1,2})?) requests a month")
PRICE = re.compile(r"(?P<price>\d+\.\d+) per million requests")
ANSWERING = frozenset(
    {
        "aws:apigatewayv2/api:Api",
        "aws:lambda/function:Function",
        "gcp:cloudrunv2/service:Service",
    }
)
"""Types whose requests are those of an app's users."""


def requests_in(text: str) -> Decimal | None:
    """The requests a month that a text says, as ``1e6 requests a month``; None where it says none."""
    match = WORDS.fullmatch(text)
    return Decimal(match["number"]) if match else None


def by_use(type: str, usage: Sequence[str], requests: Decimal | None) -> tuple[str, ...]:
    """What the requests of a month cost by a type's prices, in words; nothing where it has no price of requests.

    The time that they take is paid as well, and no stack knows it.
    """
    prices = [Decimal(match["price"]) for text in usage if (match := PRICE.fullmatch(text))]
    if requests is None or type not in ANSWERING or not prices:
        return ()
    amount = sum(prices) * requests / 1_000_000
    return (f"{amount:.2f} a month for {requests:f} requests; how long they take is not known",)
