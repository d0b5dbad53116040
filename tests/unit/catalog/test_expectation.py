"""What a stack says of its use."""

from decimal import Decimal

import pytest

from slipway.catalog.expectation import by_use, requests_in


@pytest.mark.parametrize(
    ("text", "requests"),
    [
        ("1e6 requests a month", 1_000_000),
        ("2500 requests a month", 2500),
        ("1e6", None),
        ("-1 requests a month", None),
    ],
)
def test_a_number_of_requests_is_read(text: str, requests: int | None):
    """In either spelling; another text says none."""
    assert requests_in(text) == (None if requests is None else Decimal(requests))


def test_requests_cost_what_their_price_says():
    """Of what answers an app's users alone: a queue's requests are others. What else is paid is named."""
    usage = ("0.20 per million requests", "0.0000166667 per GB-second (x86_64), also of starting")
    million = Decimal(2_500_000)
    assert by_use("aws:lambda/function:Function", usage, million) == (
        "0.50 a month for 2500000 requests; how long they take is not known",
    )
    assert by_use("aws:sqs/queue:Queue", usage, million) == ()
    assert by_use("aws:lambda/function:Function", usage, None) == ()
