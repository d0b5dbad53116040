"""The page of a review as a browser shows it, at a desk and on a telephone."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page
from ruamel.yaml import YAML

from slipway.review.model import Review
from slipway.review.page import page as page_of
from slipway.review.verdict import verdict
from tests.browser import NEEDS_BROWSER, SCREENS, accessibility, browser
from tests.unit.review.conftest import CASES, made

pytestmark = [NEEDS_BROWSER, pytest.mark.slow]
NAMES = sorted(path.stem for path in CASES.glob("*.yaml"))


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as running:
        yield running


@pytest.fixture(params=SCREENS, ids=["desk", "telephone"])
def screen(request: pytest.FixtureRequest, chromium: Browser) -> Iterator[Page]:
    """An empty page of one width, height and theme."""
    width, height, theme = request.param
    context = chromium.new_context(viewport={"width": width, "height": height}, color_scheme=theme)
    yield context.new_page()
    context.close()


def show(screen: Page, review: Review, folder: Path) -> None:
    """Open a review as one opens a file."""
    file = folder / "review.html"
    file.write_text(page_of(review), encoding="utf-8")
    screen.goto(file.as_uri())


def review_named(name: str) -> Review:
    return made(Review, YAML(typ="safe", pure=True).load(CASES / f"{name}.yaml"))


@pytest.mark.parametrize("name", NAMES)
def test_a_review_can_be_read_by_everyone(name: str, screen: Page, tmp_path: Path) -> None:
    """Axe finds nothing, and nothing runs over the edge."""
    show(screen, review_named(name), tmp_path)
    assert accessibility(screen) == []
    assert screen.viewport_size
    assert screen.evaluate("document.documentElement.scrollWidth") <= screen.viewport_size["width"]


@pytest.mark.parametrize("name", [name for name in NAMES if verdict(review_named(name))])
def test_the_first_screen_has_the_worst_fact(name: str, screen: Page, tmp_path: Path) -> None:
    """It is named before anyone has scrolled."""
    review = review_named(name)
    show(screen, review, tmp_path)
    box = screen.get_by_text(verdict(review)[0].sentence).first.bounding_box()
    assert box
    assert screen.viewport_size
    assert box["y"] + box["height"] <= screen.viewport_size["height"]
