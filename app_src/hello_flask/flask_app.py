"""Hello from Flask: one page. PythonAnywhere serves ``app``; alone it runs with ``python flask_app.py``."""

from flask import Flask, Response

GREETING = "Hello from Flask!"


def create_app() -> Flask:
    """The WSGI application."""
    app = Flask(__name__)

    @app.get("/")
    def hello() -> Response:
        return Response(GREETING, mimetype="text/plain")

    return app


app = create_app()

if __name__ == "__main__":
    app.run(host="127.0.0.1", port=8080)
