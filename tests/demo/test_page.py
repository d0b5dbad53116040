"""The sandbox's own page: what is live, behind a link that works once."""

import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.browser import NEEDS_BROWSER, SCREENS, accessibility, browser
from tests.demo.clones import Clone

pytestmark = [pytest.mark.slow, pytest.mark.services, pytest.mark.timeout(600)]

APP, FUNCTION = "time-service", "hello-function"
SCHEDULES = "      schedules:\n        nightly: {every: 1h, event: {key1: clock, key2: b, key3: c}}\n"


@pytest.fixture
def up(tmp_path: Path) -> Iterator[Clone]:
    """Two apps, brought up by the embedded engine: the page reads the same state whichever engine has written it."""
    clone = Clone(tmp_path / "clone", "embedded")
    clone.edit("stacks/Pulumi.sandbox.yaml", "      url: public\n", f"      url: public\n{SCHEDULES}")
    clone.keep_only(APP, FUNCTION)
    clone.run("up", "--engine", clone.engine)
    yield clone
    clone.run("sandbox", "stop")


def opened(clone: Clone) -> str:
    """The link that `slipway open sandbox` prints."""
    link = re.search(r"^http://127\.0\.0\.1:\d+/#\S+$", clone.run("open", "sandbox"), re.MULTILINE)
    assert link
    return link.group()


@NEEDS_BROWSER
def test_a_person_sees_what_is_live_and_triggers_a_schedule(up: Clone) -> None:
    """Apps, answers, versions, costs, a log that grows, requests as they come, and a schedule after a question."""
    with browser() as chromium:
        page = chromium.new_page()
        page.goto(opened(up))
        page.get_by_text("2 apps, all as they should be").wait_for()
        assert page.get_by_role("heading", level=3).all_inner_texts() == [FUNCTION, APP]
        assert "Welcome to the time service" in page.inner_text("main")
        assert re.search(r"In the cloud: [\d.]+ USD a month at rest", page.inner_text("main"))
        up.page(APP, "/date?secret=1")
        page.locator("#requests", has_text="GET /date").first.wait_for()
        assert "secret" not in page.inner_text("#requests")

        page.get_by_role("button", name=f"Log of {APP}").click()
        page.locator("#log-lines", has_text="GET /date").wait_for()
        page.get_by_role("button", name="Close").click()

        page.get_by_role("button", name="Trigger nightly").click()
        page.get_by_role("button", name="Leave it").click()
        assert "nightly" not in page.inner_text("#summary")
        page.get_by_role("button", name="Trigger nightly").click()
        page.get_by_role("button", name="Do it now").click()
        page.locator("#summary", has_text=re.compile(f"nightly of {FUNCTION} (is done|has failed)")).wait_for()
        assert f"nightly of {FUNCTION} is done" in page.inner_text("#summary")


@NEEDS_BROWSER
def test_the_page_can_be_read_by_everyone(up: Clone) -> None:
    """Axe finds nothing and nothing runs over the edge, at both widths and in both themes, with a log open or not."""
    with browser() as chromium:
        for width, height, theme in SCREENS:
            context = chromium.new_context(viewport={"width": width, "height": height}, color_scheme=theme)  # pyright: ignore[reportArgumentType]
            page = context.new_page()
            page.goto(opened(up))
            page.get_by_text("2 apps, all as they should be").wait_for()
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            assert accessibility(page) == []
            page.get_by_role("button", name=f"Log of {APP}").click()
            assert accessibility(page) == []


def test_nothing_of_the_page_works_without_its_link(up: Clone) -> None:
    """The document alone is there for anyone; a link opens one session, and no cookie carries it."""
    address, _, link = opened(up).partition("#")
    with httpx.Client(base_url=address, trust_env=False) as client:
        assert APP not in client.get("/").raise_for_status().text
        for path in ("/state", "/requests", f"/log?stack=sandbox&app={APP}"):
            assert client.get(path).status_code == 401, path
        assert client.post("/trigger", json={"stack": "sandbox", "app": FUNCTION}).status_code == 401
        assert client.post("/session", json={"link": "guessed"}).status_code == 403
        session = client.post("/session", json={"link": link}).raise_for_status()
        assert client.post("/session", json={"link": link}).status_code == 403
        assert not session.cookies
        client.headers["Authorization"] = f"Bearer {session.json()['token']}"
        with client.stream("GET", "/state") as states:
            assert APP in next(line for line in states.iter_lines() if line.startswith("data:"))
        unknown = client.get("/log", params={"stack": "sandbox", "app": "--follow"})
        assert (unknown.status_code, APP in unknown.json()["error"]) == (404, True)
        foreign = client.get("/state", headers={"Origin": "http://evil.example"})
        assert foreign.status_code == 403
