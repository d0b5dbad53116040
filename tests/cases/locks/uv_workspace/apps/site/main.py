import blinker  # noqa: F401
import words


def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [words.WORDS.encode()]
