"""What a client of the app sees."""

import importlib.util
from pathlib import Path

import pytest
from flask.testing import FlaskClient


@pytest.fixture(scope="module")
def client() -> FlaskClient:
    spec = importlib.util.spec_from_file_location("dockerize_main", Path(__file__).parents[1] / "main.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.app.test_client()


def test_says_hello(client: FlaskClient):
    """The root answers the agreed text, as plain text."""
    answer = client.get("/")
    assert (answer.status_code, answer.text, answer.mimetype) == (200, "Hello World!", "text/plain")


@pytest.mark.parametrize(("method", "path", "status"), [("GET", "/hello", 404), ("POST", "/", 405)])
def test_refuses_what_it_does_not_serve(client: FlaskClient, method: str, path: str, status: int):
    """An unknown path is 404, a method other than GET and HEAD 405."""
    assert client.open(path, method=method).status_code == status
