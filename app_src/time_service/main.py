"""Time service: tells the date and the time, in UTC, as plain text. Runs alone with ``python main.py``."""

from collections.abc import Callable
from datetime import UTC, datetime

from flask import Flask, Response

WELCOME = "Welcome to the time service: ask /date for today's date, /time for the time (UTC).\n"


def utc_now() -> datetime:
    """The present moment, in UTC: what every home of the service agrees on, wherever its machine stands."""
    return datetime.now(UTC)


def create_app(now: Callable[[], datetime] = utc_now) -> Flask:
    """The WSGI application; ``now`` is the clock it reads once a request."""
    app = Flask(__name__)

    @app.get("/")
    def welcome() -> Response:
        return plain(WELCOME)

    @app.get("/date")
    def date() -> Response:
        return plain(f"{{date:{now():%B %d, %Y}}}")

    @app.get("/time")
    def time() -> Response:
        return plain(f"{{time:{now():%H:%M:%S}}}")

    return app


def plain(text: str) -> Response:
    """A text answer that no cache between here and the client may keep: the next second it is wrong."""
    return Response(text, mimetype="text/plain", headers={"Cache-Control": "no-store"})


app = create_app()

if __name__ == "__main__":
    app.run(host="127.0.0.1", port=8080)
