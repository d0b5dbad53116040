"""A private service on Cloud Run that a topic feeds: each message arrives, and what fails is posted again."""

import time

import pytest

from tests.docker.conftest import Containers

pytestmark = [pytest.mark.docker, pytest.mark.slow, pytest.mark.services, pytest.mark.timeout(600)]

APP = "hello-run"
ROUTE = """
    @app.post("/orders")
    def orders() -> Response:
        import base64

        from flask import request

        message = request.get_json()
        text = base64.b64decode(message["message"]["data"]).decode()
        first = message["deliveryAttempt"] == 1
        print(f"received {text!r} at attempt {message['deliveryAttempt']}", flush=True)
        return Response(status=500 if first else 204)

    watched(app, counted)
"""
PATIENCE = 30.0
"""Seconds that a message has to arrive twice."""


def test_a_topic_feeds_a_private_service(containers: Containers) -> None:
    """Signed in by an account that may call it; a second preview is quiet, and nothing is left."""
    containers.leave(APP)
    fed = {"access": "private", "events": {"orders": {"topic": "orders", "path": "/orders"}}}
    containers.change(lambda config: config["slipway:apps"][APP].update(fed))
    containers.edit("hello_container/main.py", "\n    watched(app, counted)\n", ROUTE)
    containers.verb("up")
    assert f"orders: a message in {APP}-orders" in containers.run("status", APP)
    assert "published 'a sample message'" in containers.run("trigger", APP, "orders")
    until = time.monotonic() + PATIENCE
    while "at attempt 2" not in (log := containers.run("logs", APP)) and time.monotonic() < until:
        pass
    assert [f"received 'a sample message' at attempt {number}" in log for number in (1, 2, 3)] == [True, True, False]
    assert containers.nothing_would_change()
    assert "nothing is left" in containers.verb("destroy", "--yes")
