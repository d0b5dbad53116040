"""The probe: what a client gets, how long it waits, and how an answer is put into one line."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

import httpx
import pytest

from slipway.platforms.addresses import reachable
from slipway.verbs.probe import Prober, summary, title_of


@dataclass
class Apps:
    """Answers by path; a list is answered one after the other, its last answer forever."""

    answers: dict[str, list[httpx.Response | Exception]]
    asked: list[str] = field(default_factory=list)
    hosts: list[str] = field(default_factory=list)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        self.asked.append(path)
        self.hosts.append(request.headers["Host"])
        answers = self.answers[path]
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


def prober(apps: Callable[[httpx.Request], httpx.Response], deadline: float = 1.0) -> Prober:
    return Prober(httpx.MockTransport(apps), deadline)


def text(status: int, body: str = "", **headers: str) -> httpx.Response:
    return httpx.Response(status, text=body, headers=headers)


def test_waits_for_an_app_that_is_still_starting():
    """A 503 just after a deployment, and a 429, are asked again; the last answer counts, and so does its time."""
    apps = Apps(
        {
            "/warming": [
                text(503, "starting"),
                text(429, "too many"),
                httpx.ConnectError("refused"),
                text(200, "ready\nsecond line"),
            ]
        }
    )
    (result,) = prober(apps).ask("http://127.0.0.1:1", ["/warming"])
    assert (result.status, result.text, result.ok) == (200, "ready", True)
    assert result.seconds < 0.05  # the pauses between the requests are not the app's


def test_a_path_may_name_the_status_that_it_answers():
    """An app of signed or posted requests alone is up where it refuses as it should, and not where it answers more."""
    apps = Apps({"/token": [text(401, "who are you")], "/pay": [text(200, "paid")]})
    assert [result.ok for result in prober(apps).ask("http://127.0.0.1:1", ["/token 401", "/pay 405"])] == [True, False]


def test_takes_a_refusal_as_the_answer():
    """A 404 will not get better by asking again: it is shown as it is."""
    apps = Apps({"/missing": [text(404, "no such page")]})
    (result,) = prober(apps).ask("http://127.0.0.1:1/", ["/missing"])
    assert (result.path, result.status, result.text, result.ok) == ("/missing", 404, "no such page", False)
    assert apps.asked == ["/missing"]


def test_an_error_of_the_app_itself_is_asked_three_times():
    """A 500 seldom changes: it does not use up the deadline."""
    apps = Apps({"/": [text(500, "Traceback\nValueError: no key")]})
    (result,) = prober(apps, deadline=30).ask("http://127.0.0.1:1", ["/"])
    assert (result.status, result.text, result.ok) == (500, "ValueError: no key", False)
    assert apps.asked == ["/"] * 3


def test_a_redirect_is_an_answer():
    """A page that asks to sign in is up; the result has where it leads."""
    apps = Apps({"/": [text(302, Location="/login")]})
    (result,) = prober(apps).ask("http://127.0.0.1:1", ["/"])
    assert (result.status, result.text, result.ok) == (302, "to /login", True)


def test_all_addresses_share_one_deadline():
    """Apps that never start are waited for side by side, not one after the other."""
    apps = Apps({f"/{number}": [httpx.ConnectError("refused")] for number in range(20)})
    began = time.monotonic()
    results = prober(apps, deadline=0.3).ask_all([("http://127.0.0.1:1", [f"/{number}"]) for number in range(20)])
    assert time.monotonic() - began < 2
    assert {(one.status, one.ok, one.text) for (one,) in results} == {(0, False, "refused")}


def test_reaches_names_under_localhost_by_the_host_header():
    """What routes by name gets the name, whatever this machine's resolver thinks of it."""
    apps = Apps({"/host": [text(200)]})
    list(prober(apps).ask("http://abc.lambda-url.eu-west-1.localhost:8080", ["/host"]))
    assert apps.hosts == ["abc.lambda-url.eu-west-1.localhost:8080"]
    assert reachable("https://example.appspot.com/date") == ("https://example.appspot.com/date", {})


@pytest.mark.parametrize(
    ("status", "body", "line"),
    [
        (200, "ready\nsecond line", "ready"),
        (200, "\n\n  first \n", "first"),
        (500, "Traceback (most recent call last):\n  File\nKeyError: 'x'\n\n", "KeyError: 'x'"),
        (200, "\x1b[31mred\x1b[0m \x07bell\u202e", "[31mred[0m bell"),
        (200, "x" * 500, "x" * 120),
        (200, " \n", ""),
    ],
)
def test_an_answer_in_one_line(status: int, body: str, line: str):
    """The first line, of an error the last; nothing that a terminal would obey."""
    assert summary(body, status) == line


@pytest.mark.parametrize(
    ("page", "words"),
    [
        ("<html><head><title>\n Log in\n | Site</title></head><body>x</body></html>", "Log in | Site"),
        ("<!doctype html><style>p {}</style><p>Hello</p><script>run()</script>", "Hello"),
        ("<h1>Server Error</h1><p>KeyError", "Server Error\nKeyError"),
    ],
)
def test_a_page_is_shown_by_its_title(page: str, words: str):
    """Not by `<!DOCTYPE html>`; without a title by its text."""
    assert title_of(page) == words
