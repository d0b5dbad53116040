"""What a client of the time service sees."""

import importlib.util
import re
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType

import pytest
from flask.testing import FlaskClient


@pytest.fixture(scope="module")
def main() -> ModuleType:
    spec = importlib.util.spec_from_file_location("time_service_main", Path(__file__).parents[1] / "main.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def client(main: ModuleType) -> FlaskClient:
    return main.create_app(now=lambda: datetime(2026, 11, 21, 14, 3, 59, tzinfo=UTC)).test_client()


@pytest.mark.parametrize(("path", "text"), [("/date", "{date:November 21, 2026}"), ("/time", "{time:14:03:59}")])
def test_answers_in_the_agreed_form(client: FlaskClient, path: str, text: str):
    """Date and time come as the exact texts that clients parse."""
    answer = client.get(path)
    assert (answer.status_code, answer.text, answer.mimetype) == (200, text, "text/plain")


def test_one_digit_days_keep_their_zero(main: ModuleType):
    """%d pads: the first of March is `March 01`."""
    app = main.create_app(now=lambda: datetime(2027, 3, 1, 4, 5, 6, tzinfo=UTC))
    assert app.test_client().get("/date").text == "{date:March 01, 2027}"
    assert app.test_client().get("/time").text == "{time:04:05:06}"


def test_welcome_names_the_other_two_paths(client: FlaskClient):
    """Someone who opens the address without a path learns where to go."""
    text = client.get("/").text
    assert "/date" in text
    assert "/time" in text


def test_nothing_in_between_may_keep_the_answer(client: FlaskClient):
    """A cached time is a wrong time."""
    assert client.get("/time").headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(("method", "path", "status"), [("GET", "/zone", 404), ("POST", "/date", 405)])
def test_refuses_what_it_does_not_serve(client: FlaskClient, method: str, path: str, status: int):
    """An unknown path is 404, a method other than GET and HEAD 405."""
    assert client.open(path, method=method).status_code == status


def test_head_is_get_without_the_body(client: FlaskClient):
    """HEAD answers the headers of GET."""
    answer = client.head("/date")
    assert (answer.status_code, answer.data, answer.content_length) == (200, b"", 24)


def test_the_real_clock_is_utc(main: ModuleType):
    """Without a clock of the test's, the service reads the machine's, in UTC."""
    before = datetime.now(UTC).replace(microsecond=0)
    seen = re.fullmatch(r"\{time:(\d\d):(\d\d):(\d\d)\}", main.app.test_client().get("/time").text)
    shown = before.replace(hour=int(seen[1]), minute=int(seen[2]), second=int(seen[3]))
    assert abs((shown - before).total_seconds()) % 86_400 < 60
