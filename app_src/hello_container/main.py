"""Says hello, that it is well, and what it has done so far. Runs alone with ``python main.py``."""

from flask import Flask, Response
from metrics import watched
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest


def create_app(registry: CollectorRegistry | None = None) -> Flask:
    """The WSGI application; it counts into ``registry`` (default: one of its own)."""
    app = Flask(__name__)
    counted = registry or CollectorRegistry()

    @app.get("/")
    def hello() -> Response:
        return Response("Hello, World!", mimetype="text/plain")

    @app.get("/healthz")
    def healthz() -> Response:
        return Response("ok", mimetype="text/plain")

    @app.get("/metrics")
    def metrics() -> Response:
        return Response(generate_latest(counted), content_type=CONTENT_TYPE_LATEST)

    watched(app, counted)
    return app


app = create_app()

if __name__ == "__main__":
    app.run(host="127.0.0.1", port=8080)
