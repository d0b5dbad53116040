"""Hello function: logs the three values of the test event and returns the first, on AWS Lambda.

Called directly it takes ``{"key1": …, "key2": …, "key3": …}`` and returns ``key1``. Over its function URL the same
three come as query parameters or as a JSON body, and the answer is JSON. Run alone, ``python lambda_function.py``, it
greets the test event.
"""

import base64
import json
import logging
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

log = logging.getLogger()
log.setLevel(logging.INFO)


class TestEvent(BaseModel):
    """The event of AWS's *hello-world-python* blueprint."""

    model_config = ConfigDict(extra="ignore", coerce_numbers_to_str=True)

    key1: str
    key2: str
    key3: str


class EventError(ValueError):
    """The event is not what the function takes; the message is fit for the caller."""


def lambda_handler(event: dict[str, Any], context: object) -> str | dict[str, Any]:
    """Return ``key1``, or over HTTP a JSON answer: 200 with ``{"key1": …}``, 400 with ``{"error": …}``.

    Raises :class:`EventError` on a direct call whose event lacks a key, so that Lambda marks the invocation as failed.
    """
    if not is_http(event):
        return greet(event)
    try:
        return answer(200, {"key1": greet(http_values(event))})
    except EventError as refused:
        return answer(400, {"error": str(refused)})


def greet(values: object) -> str:
    """Log the three values and return the first."""
    try:
        event = TestEvent.model_validate(values)
    except ValidationError as wrong:
        message = "; ".join(f"{'.'.join(map(str, e['loc'])) or 'event'}: {e['msg']}" for e in wrong.errors())
        log.error("refused the event: %s", message)
        # `from None`: pydantic's message repeats the input, which is the caller's and may be private.
        raise EventError(f"the event needs the texts key1, key2 and key3 ({message})") from None
    for name in ("key1", "key2", "key3"):
        log.info("%s = %s", name, getattr(event, name))
    return event.key1


def is_http(event: object) -> bool:
    """Whether the event is a function URL's (payload format 2.0)."""
    return isinstance(event, dict) and "http" in event.get("requestContext", {})


def http_values(event: dict[str, Any]) -> object:
    """The values of a request: its JSON body where there is one, otherwise its query parameters."""
    body = event.get("body")
    if not body:
        return event.get("queryStringParameters") or {}
    try:
        return json.loads(base64.b64decode(body) if event.get("isBase64Encoded") else body)
    except ValueError:
        log.error("refused the body: not JSON")
        raise EventError("the body is not JSON") from None


def answer(status: int, body: dict[str, str]) -> dict[str, Any]:
    """A function URL's response."""
    return {"statusCode": status, "headers": {"Content-Type": "application/json"}, "body": json.dumps(body)}


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(message)s")
    print(lambda_handler({"key1": "value1", "key2": "value2", "key3": "value3"}, None))
