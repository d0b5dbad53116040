"""Day 2 in the sandbox, in order: try with a share, promote, go back, stay there, prune, by the clock, down."""

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import httpx
import pytest

from slipway.engine.project import yamlfile
from slipway.platforms.addresses import reachable
from tests.demo.clones import Clone, drop_unused

pytestmark = [pytest.mark.slow, pytest.mark.services, pytest.mark.timeout(1800)]

REQUESTS = 200
APPS = ("time-service", "hello-function")
SCHEDULES = {
    "      probe: [/, /date, /time]\n": (
        "      schedules:\n        nightly: {cron: 0 3 * * 1-5, time_zone: Europe/Berlin, path: /date}\n"
    ),
    "      url: public\n": "      schedules:\n        hourly: {every: 1h, event: {key1: clock, key2: b, key3: c}}\n",
}


def alone(clone: Clone) -> Path:
    """Leave the sandbox with the two apps whose platform moves traffic by versions; its file."""
    file = clone.folder / "stacks/Pulumi.sandbox.yaml"

    def drop_others(document: Any) -> None:
        apps = document["config"]["slipway:apps"]
        for name in [name for name in apps if name not in APPS]:
            del apps[name]
        drop_unused(document["config"])

    yamlfile.edit(file, drop_others)
    return file


def with_schedules(file: Path) -> None:
    """Let both apps do something by the clock."""
    text = file.read_text()
    for after, lines in SCHEDULES.items():
        assert after in text
        text = text.replace(after, after + lines, 1)
    file.write_text(text)


def edit(clone: Clone, word: str) -> None:
    """Another word in both apps' answers."""
    for path, before, after in (
        ("time_service/main.py", r"\w+ to the time service", f"{word} to the time service"),
        ("hello_function/lambda_function.py", r"answer\(200, {.*", f'answer(200, {{"word": "{word}"}})'),
    ):
        file = clone.folder / "app_src" / path
        text, count = re.subn(before, after, file.read_text(), count=1)
        assert count == 1
        file.write_text(text)


def answers(url: str, times: int = 1) -> Counter[str]:
    """How often which word answered."""
    address, headers = reachable(url)
    with httpx.Client(trust_env=False, headers=headers) as client:
        said = [client.get(address).text for _ in range(times)]
    return Counter(re.search(r"One|Two|Three|Four|Welcome", text)[0] for text in said)  # pyright: ignore[reportOptionalSubscript]


def invoke(clone: Clone, word: str) -> None:
    """Call the function with an event of this word, which it logs and returns."""
    event = clone.folder / "event.json"
    event.write_text(json.dumps({"key1": word, "key2": "b", "key3": "c"}))
    assert f'"{word}"' in clone.run("invoke", "hello-function", "--event", str(event))


def listed(clone: Clone, app: str) -> list[str]:
    """The rows of an app's table of versions, newest first."""
    return clone.run("versions", app).splitlines()[2:]


def test_versions_come_and_go_and_the_program_agrees(clone: Clone):
    """One journey for both platforms, because every step stands on the one before."""
    file = alone(clone)
    with_schedules(file)
    before = file.read_text()
    edit(clone, "One")
    shown = clone.verb("up")
    assert "nightly: 0 3 * * 1-5 Europe/Berlin → GET /date" in shown
    assert "hourly: every 1h → " in shown
    url = {app: clone.run("open", app).strip() for app in APPS}

    # A canary: the share is really a share, it stays at the next `up`, and nothing is left to do.
    edit(clone, "Two")
    shown = clone.verb("up", "--canary", "30")
    for app, address in url.items():
        assert f"{app}: the newest version gets 30 % of the requests until `slipway promote {app}" in shown
        asked = answers(address, REQUESTS)
        assert set(asked) == {"One", "Two"}
        assert 0.14 < asked["Two"] / REQUESTS < 0.46
    assert clone.nothing_would_change()
    assert "70 % to 1, 30 % to 2" in clone.verb("up")
    assert [("70 %" in row, "30 %" in row) for row in listed(clone, "hello-function")] == [(False, True), (True, False)]

    # Promoted, the one; taken back, the other.
    clone.verb("promote", "hello-function")
    assert answers(url["hello-function"], 20) == {"Two": 20}
    clone.verb("rollback", "time-service")
    assert answers(url["time-service"], 20) == {"One": 20}
    assert clone.nothing_would_change()
    assert "has no canary to promote" in clone.verb("promote", "hello-function", status=1)

    # Pinned, it stays pinned: newer code is deployed beside and gets nothing.
    edit(clone, "Three")
    clone.verb("rollback", "hello-function", "--to", "1")
    shown = clone.verb("up")
    assert shown.count("pinned   to ") == 2
    for app, address in url.items():
        assert answers(address, 20) == {"One": 20}
        assert len(listed(clone, app)) == 3
        assert listed(clone, app)[-1].endswith("pinned")
    digest = listed(clone, "time-service")[1].split()[1]
    clone.verb("rollback", "time-service", "--to", digest)
    assert answers(url["time-service"], 20) == {"Two": 20}
    assert "keeps no version 'v-none'" in clone.verb("rollback", "time-service", "--to", "v-none", status=1)

    # Let go of, the newest serves, and the file is what it was.
    for app in url:
        clone.verb("rollback", app, "--forget")
        assert answers(url[app], 20) == {"Three": 20}
    assert file.read_text() == before
    assert "is not pinned" in clone.verb("rollback", "time-service", "--forget", status=1)

    # Pruned, a way back is left, and the state knows.
    for app in url:
        oldest = listed(clone, app)[-1].split()[0]
        assert f"would go: {oldest}" in clone.verb("prune", app, "--keep", "1", "--dry-run")
        assert len(listed(clone, app)) == 3
        assert f"goes: {oldest}" in clone.verb("prune", app, "--keep", "1")
        assert len(listed(clone, app)) == 2
    assert "unchanged" in clone.verb("refresh")
    assert clone.nothing_would_change()

    # What is logged while one looks is shown.
    clone.follow("time-service", lambda word: clone.page("time-service", f"/?{word}"))
    clone.follow("hello-function", lambda word: invoke(clone, word))

    # By the clock, and at once; what was called has logged it.
    assert "/date: 200" in clone.run("trigger", "time-service", "nightly")
    assert '"clock"' in clone.run("trigger", "hello-function")
    assert "key1 = clock" in clone.run("logs", "hello-function")
    assert "GET /date" in clone.run("logs", "time-service")
    assert "has no schedule 'nighty' (did you mean 'nightly'?)" in clone.run(
        "trigger", "time-service", "nighty", status=1
    )
    assert "takes no events" in clone.run("invoke", "time-service", "--event", "x.json", status=1)

    # Down, also while something is pinned: the pin goes with what it names.
    clone.verb("rollback", "time-service")
    assert "nothing is left" in clone.verb("destroy")
    assert file.read_text() == before


def test_versions_that_ended_with_their_emulators_are_not_asked_for(clone: Clone):
    """Stopped, the sandbox forgets them: a pin to one is taken out, said, and `up` makes the newest alone."""
    alone(clone)
    edit(clone, "One")
    clone.verb("up")
    edit(clone, "Two")
    clone.verb("up", "--canary", "30")
    clone.verb("promote", "time-service")
    assert answers(clone.run("open", "time-service").strip(), 20) == {"Two": 20}
    clone.verb("rollback", "hello-function")
    assert answers(clone.run("open", "hello-function").strip(), 20) == {"One": 20}
    clone.run("sandbox", "stop")
    shown = clone.verb("up")
    assert "hello-function: 1 is gone; hello-function serves its newest version" in shown
    for app in APPS:
        assert answers(clone.run("open", app).strip(), 5) == {"Two": 5}
        assert len(listed(clone, app)) == 1
    assert clone.nothing_would_change()
