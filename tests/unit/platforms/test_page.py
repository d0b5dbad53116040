"""The guide's table of what each platform can do is made of the table of platforms."""

import pytest

from slipway.platforms import PLATFORMS, page


def test_the_guide_tells_what_the_homes_can():
    """`python -m slipway.platforms.page` renews it."""
    shown = page.PAGE.read_text(encoding="utf-8")
    assert page.with_table(shown) == shown


def test_every_home_has_its_line():
    """And what it has not is told below, in the words of the command."""
    table = page.table()
    assert [line.split("|")[1].strip() for line in table.splitlines()[2 : 2 + len(PLATFORMS)]] == sorted(PLATFORMS)
    assert "- App Engine answers requests and takes no events: ask the app at its address" in table


def test_a_page_without_the_marks_is_refused():
    """Or the table would be lost without a word."""
    with pytest.raises(ValueError, match="needs the two lines"):
        page.with_table("# Day 2")
