"""The system's Chromium, driven as a person would use it, and axe, which judges what it shows."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
NEEDS_BROWSER = pytest.mark.skipif(
    CHROMIUM is None, reason="there is no Chromium here: scripts/browser.sh installs one"
)
SCREENS = [(1280, 800, "light"), (390, 844, "dark")]
"""Width, height and theme: a desk's and a telephone's."""


@contextmanager
def browser() -> Iterator[Browser]:
    """A headless Chromium, ended afterwards."""
    with sync_playwright() as playwright:
        arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        try:
            yield running
        finally:
            running.close()


def accessibility(page: Page) -> list[str]:
    """What axe finds wrong on a page: the rule and the element, one line each."""
    violations = Axe().run(page).response["violations"]
    return [f"{one['id']}: {node['target']}" for one in violations for node in one["nodes"]]
