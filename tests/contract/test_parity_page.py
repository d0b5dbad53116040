"""docs/parity.md says what the suite holds."""

import pytest

from tests.contract.homes import HOMES
from tests.contract.page import FIGURES, PAGE, TABLE, behaviour, between, ran
from tests.contract.promises import PROMISES


def test_the_page_is_current():
    """Its table is the one of today's promises and homes; `python -m tests.contract.page` writes it."""
    page = PAGE.read_text()
    assert between(page, TABLE) == behaviour(ran(page)).strip()


def test_a_home_that_was_not_asked_is_said_to_be_so():
    """Beside the figures, with the reason: an empty cell would pass for a kept promise."""
    page = PAGE.read_text()
    figures = between(page, FIGURES)
    for home in HOMES:
        assert home.name in ran(page) or f"not run: {home.name}, " in figures


@pytest.mark.parametrize("home", HOMES, ids=lambda home: home.name)
def test_what_differs_is_explained(home):
    """A difference is one of a promise there is, and the home's note gives the reason."""
    assert set(home.differs) <= {promise.says for promise in PROMISES}
    assert home.note or not home.differs
