"""What a visitor of hello_flask sees."""

import importlib.util
from pathlib import Path

import pytest
from flask.testing import FlaskClient


@pytest.fixture
def client() -> FlaskClient:
    spec = importlib.util.spec_from_file_location("hello_flask_app", Path(__file__).parents[1] / "flask_app.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.app.test_client()


def test_greets(client: FlaskClient):
    """The page is the greeting, as plain text, and nothing else."""
    answer = client.get("/")
    assert (answer.status_code, answer.text, answer.mimetype) == (200, "Hello from Flask!", "text/plain")


def test_head_is_get_without_the_body(client: FlaskClient):
    """HEAD answers the headers of GET."""
    answer = client.head("/")
    assert (answer.status_code, answer.data, answer.content_length) == (200, b"", 17)


@pytest.mark.parametrize(("method", "path", "status"), [("GET", "/hello", 404), ("POST", "/", 405)])
def test_refuses_what_it_does_not_serve(client: FlaskClient, method: str, path: str, status: int):
    """An unknown path is 404, a method other than GET and HEAD 405."""
    assert client.open(path, method=method).status_code == status
