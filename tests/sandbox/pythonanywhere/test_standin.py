"""The stand-in itself: what the API tells, what runs, what is left."""

import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from slipway.catalog.pythonanywhere_plans import FREE
from slipway.sandbox.pythonanywhere.accounts import sandbox_accounts
from slipway.sandbox.pythonanywhere.api import Api as Calls
from slipway.sandbox.pythonanywhere.api import Asked
from slipway.sandbox.pythonanywhere.running import Tasks
from slipway.sandbox.pythonanywhere.world import World
from slipway.sandbox.running import app_user
from tests.sandbox.pythonanywhere.conftest import ANNA, APP, PIA, Api

DOMAIN = "anna.pythonanywhere.com"
WSGI = "files/path/var/www/anna_pythonanywhere_com_wsgi.py"


@pytest.fixture
def live(api: Api) -> Api:
    """A web app that says the path it was asked for."""
    api("POST", "webapps/", data={"domain_name": DOMAIN, "python_version": "python313"})
    api("POST", WSGI, files={"content": APP.encode()})
    api("POST", f"webapps/{DOMAIN}/reload/")
    return api


IDENTITY = b"""
import json, os

def application(environ, start_response):
    start_response("200 OK", [])
    open("written", "w").close()
    place = os.getcwd().removeprefix(os.environ["PYTHONANYWHERE_ROOT"])
    return [json.dumps({"user": os.getuid(), "group": os.getpgid(0) == os.getpid(), "place": place}).encode()]
"""


def test_a_web_app_has_a_group_of_its_own_and_is_not_root(live: Api, standin: Any):
    """It may write in its account's folder all the same, and the API reads what it wrote."""
    live("POST", WSGI, files={"content": IDENTITY})
    live("POST", f"webapps/{DOMAIN}/reload/")
    expected = app_user.user_here(standin.world.folder.parents[1]) or os.getuid()
    seen = live.web().json()
    assert (seen["user"], seen["group"]) == (expected, True)
    assert live("GET", f"files/path{seen['place']}/written").status_code == 200


def test_who_asks_without_a_token_is_told_so(standin: Any, api: Api):
    """401 without credentials and with wrong ones, 403 for another's account."""
    base = f"{api.base}/api/v0/user/anna"
    assert httpx.get(f"{base}/cpu/", trust_env=False).json() == {
        "detail": "Authentication credentials were not provided."
    }
    wrong = httpx.get(f"{base}/cpu/", headers={"Authorization": "Token x"}, trust_env=False)
    assert (wrong.status_code, wrong.json()) == (401, {"detail": "Invalid token."})
    assert Api(standin, PIA).client.get(f"{base}/cpu/").status_code == 403


def test_the_limit_says_when_to_come_back(standing: Callable[..., Any]):
    """429, in the framework's words, with Retry-After."""
    api = Api(standing(rate=2, period=60.0), ANNA)
    seen = [api("GET", "cpu/") for _ in range(3)]
    assert [answer.status_code for answer in seen] == [200, 200, 429]
    seconds = int(seen[2].headers["Retry-After"])
    assert 1 <= seconds <= 60
    assert seen[2].json() == {"detail": f"Request was throttled. Expected available in {seconds} seconds."}


def test_what_is_not_served_is_said(api: Api):
    """Unknown places, unknown ids and consoles are answered, not ignored."""
    assert api("GET", "students/").status_code == 404
    assert api("GET", "schedule/99/").json() == {"detail": "Not found."}
    assert api("GET", "consoles/").status_code == 501
    assert api("PUT", "files/path/home/anna/x").status_code == 405
    assert api("GET", "cpu/").json()["daily_cpu_limit_seconds"] == FREE.cpu_seconds


def test_files_are_listed_shared_and_removed(api: Api):
    """Create is 201, replace 200; a folder is told as JSON, its tree as paths."""
    upload = {"content": b"one\r\n--two"}
    assert api("POST", "files/path/home/anna/a/b.txt", files=upload).status_code == 201
    assert api("POST", "files/path/home/anna/a/b.txt", files=upload).status_code == 200
    assert api("GET", "files/path/home/anna/a/b.txt").content == b"one\r\n--two"
    assert api("GET", "files/path/home/anna").json()["a"]["type"] == "directory"
    assert api("GET", "files/tree/?path=/home/anna").json() == ["/home/anna/a/", "/home/anna/a/b.txt"]
    assert api("POST", "files/sharing/", json={"path": "/home/anna/a/b.txt"}).status_code == 201
    assert api("GET", "files/sharing/?path=/home/anna/a/b.txt").json()["url"].startswith("/user/anna/shares/")
    assert api("DELETE", "files/sharing/?path=/home/anna/a/b.txt").status_code == 204
    assert api("DELETE", "files/path/home/anna/a").status_code == 204
    assert api("GET", "files/path/home/anna/a/b.txt").status_code == 404


@pytest.mark.parametrize("path", ["/etc/passwd", "/home/pia/x", "/home/anna/../pia/x", "/home/annabel", "/"])
def test_nothing_outside_of_the_home_is_touched(api: Api, standin: Any, path: str):
    """Neither read nor written, whatever the path says."""
    assert api("GET", f"files/path{path}").status_code in (403, 404)
    assert api("POST", f"files/path{path}", files={"content": b"x"}).status_code in (403, 404)
    assert not [found for found in standin.world.root.rglob("*") if found.is_file()]


def test_a_link_does_not_lead_out_of_the_root(api: Api, standin: Any):
    """An app can make links; the API does not follow them to this machine's files."""
    home = standin.world.place("/home/anna")
    home.mkdir(parents=True)
    (home / "way-out").symlink_to("/etc")
    assert api("GET", "files/path/home/anna/way-out/passwd").status_code == 404


def test_a_new_web_app_has_a_page_of_its_own(api: Api):
    """Before anything is uploaded there is a WSGI file, and it answers."""
    made = api("POST", "webapps/", data={"domain_name": DOMAIN, "python_version": "python313"})
    assert made.json() == {"status": "OK"}
    assert api.web().text == "Hello from a new web app!"
    assert api.web(domain="pia.pythonanywhere.com").status_code == 404


def test_many_at_once_are_answered(live: Api):
    """Fifty requests at a time, each with its own answer; HEAD has no body."""
    with ThreadPoolExecutor(50) as pool:
        answers = list(pool.map(lambda number: live.web(f"/{number}").text, range(50)))
    assert answers == [f"/{number}" for number in range(50)]
    assert live.web("/x", method="HEAD").content == b""
    assert "GET /7 HTTP/1.1" in live("GET", f"files/path/var/log/{DOMAIN}.access.log").text


def test_an_app_that_cannot_be_imported_says_why_in_its_log(live: Api):
    """Visitors get an error page, the owner the traceback."""
    live("POST", WSGI, files={"content": b"import nothing_of_that_name"})
    live("POST", f"webapps/{DOMAIN}/reload/")
    assert live.web().status_code == 502
    assert "nothing_of_that_name" in live("GET", f"files/path/var/log/{DOMAIN}.error.log").text


def test_an_app_that_was_killed_is_started_again(live: Api, standin: Any, tmp_path: Any):
    """The next request finds it running, as on PythonAnywhere."""
    from slipway.sandbox.services import processes, registry

    assert live.web("/before").text == "/before"
    running = registry.load(tmp_path / "home")[f"pythonanywhere/{DOMAIN}"]
    processes.end([running.process])
    assert live.web("/after").text == "/after"


def test_a_disabled_web_app_runs_nothing(live: Api, tmp_path: Any):
    """Disable ends its process, delete too."""
    from slipway.sandbox.services import registry

    live.web()
    live("POST", f"webapps/{DOMAIN}/disable/")
    assert registry.load(tmp_path / "home") == {}


def test_tasks_run_in_their_minute_once(standin: Any, tmp_path: Any):
    """A daily task at its hour and minute (UTC), in the account's home; not again within that minute."""
    api = Api(standin, PIA)
    api(
        "POST",
        "schedule/",
        json={"command": "echo ran >> /home/pia/out.txt", "interval": "daily", "hour": 3, "minute": 30},
    )
    moment = [datetime(2026, 11, 21, 3, 29, tzinfo=UTC)]
    tasks = Tasks(tmp_path / "home", standin.world, now=lambda: moment[0])
    assert tasks.tick() == []
    moment[0] = datetime(2026, 11, 21, 3, 30, 5, tzinfo=UTC)
    assert (len(tasks.tick()), tasks.tick()) == (1, [])
    out = standin.world.place("/home/pia/out.txt")
    assert _soon(lambda: out.exists() and out.read_text() == "ran\n")


def test_an_always_on_task_is_started_again(standin: Any, tmp_path: Any):
    """Whenever it ends; a deleted one is ended."""
    api = Api(standin, PIA)
    made = api("POST", "always_on/", json={"command": "echo up >> /home/pia/up.txt; sleep 0.2"}).json()
    tasks = Tasks(tmp_path / "home", standin.world)
    out, ended = standin.world.place("/home/pia/up.txt"), threading.Event()
    while not ended.wait(0.05) and not (out.exists() and out.read_text().count("up") >= 2):
        tasks.tick()
    api("DELETE", f"always_on/{made['id']}/")
    assert tasks.tick() == []


def _soon(true: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        if true():
            return True
        time.sleep(0.02)
    return False


def test_the_sandbox_has_an_account_of_each_kind(tmp_path: Path):
    """They share a token, and each has its own web apps, tasks and limits; a free web app ends some day."""
    world = World(tmp_path / "world")
    calls = Calls(world, sandbox_accounts("t0ken"), reload=lambda _domain: None, forget=lambda _domain: None)

    def ask(user: str, method: str, place: str, body: str = "") -> tuple[int, Any]:
        head = {"authorization": "Token t0ken", "content-type": "application/json"}
        answer = calls.answer(Asked(method, f"/api/v0/user/{user}/{place}", head, body.encode()))
        return answer.status, answer.body

    task = '{"command": "true", "interval": "daily", "hour": 3, "minute": 30}'
    for user in ("free", "freebefore2026", "paid"):
        made = f'{{"domain_name": "{user}.pythonanywhere.com", "python_version": "python313"}}'
        assert ask(user, "POST", "webapps/", made)[1] == {"status": "OK"}
    assert [app["domain_name"] for app in ask("free", "GET", "webapps/")[1]] == ["free.pythonanywhere.com"]
    assert ask("free", "GET", "webapps/")[1][0]["expiry"] < ask("freebefore2026", "GET", "webapps/")[1][0]["expiry"]
    assert [ask(user, "POST", "schedule/", task)[0] for user in ("free", "freebefore2026", "paid")] == [403, 201, 201]
    assert [ask(user, "POST", "schedule/", task)[0] for user in ("freebefore2026", "paid")] == [403, 201]
    counts = [len(ask(user, "GET", "schedule/")[1]) for user in ("free", "freebefore2026", "paid")]
    assert counts == [0, 1, 2]
    assert ask("other", "GET", "webapps/")[0] == 403
