"""docs/parity.md says what the suite holds."""

import pytest

from tests.contract.page import FIGURES, PAGE, TABLE, behaviour, between, ran
from tests.contract.platforms import PLATFORMS
from tests.contract.promises import PROMISES


def test_the_page_is_current():
    """Its table is the one of today's promises and platforms; `python -m tests.contract.page` writes it."""
    page = PAGE.read_text()
    assert between(page, TABLE) == behaviour(ran(page)).strip()


def test_a_home_that_was_not_asked_is_said_to_be_so():
    """Beside the figures, with the reason: an empty cell would pass for a kept promise."""
    page = PAGE.read_text()
    figures = between(page, FIGURES)
    for platform in PLATFORMS:
        assert platform.name in ran(page) or f"not run: {platform.name}, " in figures


@pytest.mark.parametrize("platform", PLATFORMS, ids=lambda platform: platform.name)
def test_what_differs_is_explained(platform):
    """A difference is one of a promise there is, and the platform's note gives the reason."""
    assert set(platform.differs) <= {promise.says for promise in PROMISES}
    assert platform.note or not platform.differs
