"""What a Chalice app gets of a request to a function's address, and what is answered."""

from types import SimpleNamespace
from typing import Any

import pytest

from slipway.bundle.chalice_events import answer_of, handler_of, route_of

ROUTES = {"/": 1, "/users/{name}": 2, "/users/me": 3}


def request(path: str, **more: Any) -> dict[str, Any]:
    """An event of the second format."""
    http = {"method": "GET", "path": path, "sourceIp": "192.0.2.1"}
    return {"rawPath": path, "requestContext": {"http": http}, "headers": {"host": "a"}, **more}


def handler(answer: Any) -> Any:
    """The handler of an app that answers by ``answer(event)``."""

    class App(SimpleNamespace):
        def __call__(self, event: Any, context: Any) -> Any:
            return answer(event)

    return handler_of(App(routes=ROUTES))


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/", ("/", {})),
        ("/users/ada", ("/users/{name}", {"name": "ada"})),
        ("/users/me", ("/users/me", {})),
        ("/users/ada/more", (None, {})),
    ],
)
def test_a_path_is_of_the_route_that_it_matches(path: str, expected: Any):
    """The exact route counts before one with a parameter."""
    assert route_of(ROUTES, path) == expected


def test_a_request_is_made_the_first_format():
    """Route, method, parameters, query, cookies and the caller's address are where a REST API has them."""
    event = handler(lambda event: event)(
        request("/users/ada", rawQueryString="a=1&a=2&b=", cookies=["c=3", "d=4"]), None
    )
    assert event["requestContext"]["resourcePath"] == "/users/{name}"
    assert event["requestContext"]["httpMethod"] == event["httpMethod"] == "GET"
    assert event["requestContext"]["identity"]["sourceIp"] == "192.0.2.1"
    assert event["pathParameters"] == {"name": "ada"}
    assert event["multiValueQueryStringParameters"] == {"a": ["1", "2"], "b": [""]}
    assert event["headers"]["cookie"] == "c=3; d=4"


def test_a_path_without_a_route_is_not_found():
    """It is 404, as API Gateway would have it, and the app is not called."""
    assert handler(lambda event: pytest.fail("called"))(request("/nothing"), None)["statusCode"] == 404


def test_another_event_reaches_the_app_as_it_is():
    """A schedule's event has no path."""
    assert handler(lambda event: event)({"source": "aws.events"}, None) == {"source": "aws.events"}


def test_cookies_are_answered_in_the_second_format():
    """Several headers of one name cannot be."""
    response = {"statusCode": 200, "body": "", "multiValueHeaders": {"Set-Cookie": ["a=1", "b=2"], "X-Y": ["1", "2"]}}
    assert answer_of(response) == {"statusCode": 200, "body": "", "headers": {"X-Y": "1,2"}, "cookies": ["a=1", "b=2"]}
