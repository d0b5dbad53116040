"""What a caller of the hello function sees, called directly and over its function URL."""

import base64
import importlib.util
import json
import logging
from pathlib import Path
from types import ModuleType

import pytest

EVENT = {"key1": "value1", "key2": "value2", "key3": "value3"}


@pytest.fixture(scope="module")
def function() -> ModuleType:
    path = Path(__file__).parents[1] / "lambda_function.py"
    spec = importlib.util.spec_from_file_location("hello_lambda_function", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def over_http(**request: object) -> dict:
    return {"version": "2.0", "requestContext": {"http": {"method": "POST", "path": "/"}}, **request}


def test_returns_the_first_value_and_logs_all_three(function: ModuleType, caplog: pytest.LogCaptureFixture):
    """A direct call gives key1 back, and the log holds the three values in order."""
    with caplog.at_level(logging.INFO):
        assert function.lambda_handler(EVENT, None) == "value1"
    assert [r.getMessage() for r in caplog.records] == ["key1 = value1", "key2 = value2", "key3 = value3"]


def test_a_missing_key_is_a_clear_error(function: ModuleType, caplog: pytest.LogCaptureFixture):
    """The error names the key; the values given are not repeated to the caller."""
    with pytest.raises(function.EventError, match=r"key2: Field required") as refused:
        function.lambda_handler({"key1": "private", "key3": "c"}, None)
    assert "private" not in str(refused.value)
    assert refused.value.__cause__ is None
    assert "key2" in caplog.text


@pytest.mark.parametrize("event", [[], "text", None, 7])
def test_an_event_that_is_no_object_is_a_clear_error(function: ModuleType, event: object):
    """Anything but an object is refused with the same message, never an AttributeError."""
    with pytest.raises(function.EventError, match="the event needs the texts key1, key2 and key3"):
        function.lambda_handler(event, None)


@pytest.mark.parametrize(
    "request_parts",
    [
        {"body": json.dumps(EVENT)},
        {"body": base64.b64encode(json.dumps(EVENT).encode()).decode(), "isBase64Encoded": True},
        {"queryStringParameters": EVENT},
    ],
    ids=["body", "base64-body", "query"],
)
def test_over_http_it_answers_json(function: ModuleType, request_parts: dict):
    """The three values come as a JSON body, a base64 body or query parameters."""
    answer = function.lambda_handler(over_http(**request_parts), None)
    assert answer["statusCode"] == 200
    assert answer["headers"]["Content-Type"] == "application/json"
    assert json.loads(answer["body"]) == {"key1": "value1"}


@pytest.mark.parametrize(
    ("request_parts", "message"),
    [
        ({}, "key1: Field required"),
        ({"body": "{"}, "the body is not JSON"),
        ({"body": "[]"}, "the event needs the texts"),
        ({"body": "/w==", "isBase64Encoded": True}, "the body is not JSON"),
    ],
    ids=["nothing", "broken", "list", "not-utf8"],
)
def test_over_http_a_bad_request_is_400(function: ModuleType, request_parts: dict, message: str):
    """The caller's mistake is a 400 with a message, never a failed invocation."""
    answer = function.lambda_handler(over_http(**request_parts), None)
    assert answer["statusCode"] == 400
    assert message in json.loads(answer["body"])["error"]
