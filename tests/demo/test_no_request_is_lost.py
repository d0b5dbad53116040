"""Requests go on at every platform while versions are deployed, tried, promoted and taken back: none is lost."""

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.demo.clones import Clone
from tests.docker.load import load

pytestmark = [pytest.mark.slow, pytest.mark.services, pytest.mark.timeout(3600)]

TIMES = int(os.environ.get("SLIPWAY_DEPLOYS", "1"))
"""How often each is done; the figures of docs/parity.md are of 20 deployments and 10 of each other kind."""
EDITS: dict[str, tuple[str, Callable[[str, int], str]]] = {
    "time-service": ("time_service/main.py", lambda text, n: re.sub(r"WELCOME = .*", f'WELCOME = "time {n}"', text)),
    "time-service-beanstalk": (
        "time_service/main.py",
        lambda text, n: re.sub(r"WELCOME = .*", f'WELCOME = "time {n}"', text),
    ),
    "hello-function": (
        "hello_function/lambda_function.py",
        lambda text, n: re.sub(r"return answer\(200, .*", f'return answer(200, {{"n": "{n}"}})', text),
    ),
    "hello-flask": (
        "hello_flask/flask_app.py",
        lambda text, n: re.sub(r"Hello from Flask!|flask \d+", f"flask {n}", text),
    ),
}
"""App -> its file, and what makes another version of it."""
MOVES_TRAFFIC = ("time-service", "hello-function")
GOES_BACK = (*MOVES_TRAFFIC, "time-service-beanstalk")


@pytest.fixture
def clone(tmp_path: Path) -> Iterator[Clone]:
    """A clone with the embedded engine: what is looked at is the local clouds."""
    made = Clone(tmp_path / "clone", "embedded")
    yield made
    made.run("sandbox", "stop")


@pytest.mark.parametrize("app", EDITS)
def test_an_app_answers_throughout(clone: Clone, app: str):
    """New connections at 30 a second and kept ones: no error, no status of 500 or more."""
    clone.keep_only(app)
    clone.verb("up")
    file, edited = EDITS[app]
    source = clone.folder / "app_src" / file
    count = 0

    def edit() -> None:
        nonlocal count
        count += 1
        text = source.read_text()
        source.write_text(edited(text, count))
        assert source.read_text() != text

    with load(clone.url(app)) as asked:
        for _ in range(TIMES * 2):
            edit()
            clone.verb("up")
        for _ in range(TIMES if app in MOVES_TRAFFIC else 0):
            edit()
            clone.verb("up", "--canary", "40")
            clone.verb("promote", app)
        for _ in range(TIMES if app in GOES_BACK else 0):
            clone.verb("rollback", app)
            clone.verb("rollback", app, "--forget")
    print(f"{app}: {sum(asked.answers.values())} answered, {len(asked.lost)} lost, longest {asked.longest:.2f} s")
    assert asked.lost == []
    assert len(asked.answers) > TIMES * 2
