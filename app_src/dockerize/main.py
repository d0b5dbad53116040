"""The smallest app that is worth an image. Runs alone with ``python main.py``."""

from flask import Flask, Response

app = Flask(__name__)


@app.get("/")
def hello() -> Response:
    """The one thing it says."""
    return Response("Hello World!", mimetype="text/plain")


if __name__ == "__main__":
    app.run(host="127.0.0.1", port=5000)
