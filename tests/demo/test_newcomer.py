"""What a newcomer meets, in order: up, the addresses, a quiet preview, an edit, another up, down again."""

import contextlib
import json
import re
from pathlib import Path

import httpx
import psutil
import pytest

from slipway.platforms.addresses import reachable
from tests.demo.clones import Clone

pytestmark = [pytest.mark.slow, pytest.mark.services]


def get(url: str) -> httpx.Response:
    address, headers = reachable(url)
    return httpx.get(address, headers=headers, trust_env=False)


def address(shown: str, app: str) -> str:
    """The first address of an app in the table that `up` ends with."""
    return re.search(rf"^{app} .*?(http://\S+)", shown, re.M)[1]


def test_from_clone_to_live_and_down_again(clone: Clone):
    """One journey, because each step stands on the one before: nobody previews what is not up."""
    clone.forks = False  # each command is a process of its own, as it is for a newcomer
    shown = clone.verb("up")
    time_service, hello = address(shown, "time-service").rstrip("/"), address(shown, "hello-function")
    assert "/date" in get(f"{time_service}/").text
    assert re.fullmatch(r"\{date:\w+ \d\d, \d{4}\}", get(f"{time_service}/date").text)
    assert re.fullmatch(r"\{time:\d\d:\d\d:\d\d\}", get(f"{time_service}/time").text)
    assert get(f"{hello}?key1=a&key2=b&key3=c").json() == {"key1": "a"}

    event = str(clone.folder / "app_src/hello_function/tests/key123.json")
    said = clone.run("invoke", "hello-function", "--event", event)
    assert '"value1"' in said
    assert "key3 = value3" in said
    assert "key1 = value1" in clone.run("logs", "hello-function")

    assert clone.nothing_would_change()

    before = clone.run("versions", "time-service")
    main = clone.folder / "app_src/time_service/main.py"
    main.write_text(main.read_text().replace("Welcome to the time service", "Good day from the time service"))
    planned = clone.verb("preview", "--json")
    steps = json.loads(planned[planned.index("{") :])["steps"]
    assert sorted(step["urn"].split("::")[2].split("$")[-1] for step in steps if step["op"] == "create") == [
        "aws:elasticbeanstalk/applicationVersion:ApplicationVersion",
        "aws:s3/bucketObjectv2:BucketObjectv2",
        "gcp:appengine/standardAppVersion:StandardAppVersion",
        "gcp:storage/bucketObject:BucketObject",
    ]
    assert sorted(step["urn"].split("::")[2].split("$")[-1] for step in steps if step["op"] == "update") == [
        "aws:elasticbeanstalk/environment:Environment",
        "gcp:appengine/engineSplitTraffic:EngineSplitTraffic",
    ]

    clone.verb("up")
    assert get(f"{time_service}/").text.startswith("Good day")
    old = before.splitlines()[-1].split()[0]
    after = clone.run("versions", "time-service").splitlines()
    assert old in after[-1]
    assert len(after) == len(before.splitlines()) + 1

    running = clone.processes()
    assert running, "the apps and the emulators work in the clone"
    assert "nothing is left" in clone.verb("destroy")
    assert [p for p in running if p.is_running() and p.status() != psutil.STATUS_ZOMBIE] == []
    left = {
        p.relative_to(clone.folder / ".slipway").parts[0] for p in (clone.folder / ".slipway").rglob("*") if p.is_file()
    }
    assert left <= {"state", "cache"}


def test_a_reboot_is_noticed_and_everything_comes_back(clone: Clone):
    """Services and emulated worlds are gone, the state is not: the next `up` makes the world match it again."""
    clone.keep_only("time-service", "hello-function")
    shown = clone.verb("up")
    running = clone.processes()
    assert running, "the apps and the emulators work in the clone"
    for process in running:
        with contextlib.suppress(psutil.NoSuchProcess):  # gunicorn's workers end with their master
            process.kill()
    psutil.wait_procs(running, timeout=10)
    again = clone.verb("up")
    for text in (shown, again):
        assert address(text, "time-service")
    assert re.fullmatch(r"\{time:\d\d:\d\d:\d\d\}", get(address(again, "time-service").rstrip("/") + "/time").text)
    assert get(address(again, "hello-function") + "?key1=a&key2=b&key3=c").json() == {"key1": "a"}
    assert clone.nothing_would_change()


def test_two_clones_do_not_disturb_each_other(clone: Clone, tmp_path: Path):
    """Each has services, ports and a world of its own; taking one down leaves the other up."""
    other = Clone(tmp_path / "other", clone.engine)
    for one in (clone, other):
        one.keep_only("time-service")
    try:
        first, second = address(clone.verb("up"), "time-service"), address(other.verb("up"), "time-service")
        assert first != second
        clone.verb("destroy")
        assert get(second).status_code == 200
    finally:
        other.verb("destroy")
