"""What `slipway add` says that a platform costs while nobody asks the app."""

import pytest

from slipway.recognise.at_rest import at_rest
from slipway.recognise.destinations import TITLES


@pytest.mark.parametrize("platform", TITLES)
def test_every_platform_has_a_month_at_rest(platform: str):
    """An amount of the price table, or whose machine it is."""
    assert "USD" in at_rest(platform) or at_rest(platform) == "your machine"


def test_a_machine_that_always_runs_is_named_with_its_price():
    """Beanstalk's environments have one at least."""
    amount, _, machine = at_rest("beanstalk").partition(" USD, ")
    assert float(amount) > 5
    assert machine == "one t3.micro"
