"""Apps with Dockerfiles of their own, as people write them, on a real daemon."""

from pathlib import Path

import pytest

from tests.docker.conftest import STACK, Containers

pytestmark = [pytest.mark.docker, pytest.mark.slow, pytest.mark.services, pytest.mark.timeout(900)]

APP = """\
import os
from http.server import BaseHTTPRequestHandler, HTTPServer


class Page(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        with open("/srv/visits", "a") as file:
            file.write("x")
        self.wfile.write(f"user {os.getuid()}, mode {os.environ['MODE']}, {open('/srv/tests/seed').read()}".encode())


HTTPServer(("", 8123), Page).serve_forever()
"""
AS_PEOPLE_WRITE = {
    "compose.yaml": """\
services:
  web:
    build: ./shop
    command: python app.py
    environment:
      MODE: ${MODE:-live}
    ports: ["80:8123"]
""",
    "shop/app.py": APP,
    "shop/start.sh": """\
#!/bin/sh\r
chown 1234 /srv\r
exec python3 -c 'import os, sys; os.setuid(1234); os.execvp(sys.argv[1], sys.argv[1:])' "$@"\r
""",
    "shop/tests/seed": "seeded",
    "shop/.env.example": "MODE=example\n",
    "shop/Dockerfile": """\
FROM python:3.11-slim AS base
WORKDIR /srv
COPY .env .
COPY tests tests
COPY app.py start.sh ./
ENTRYPOINT ["./start.sh"]
""",
}


def write(folder: Path, files: dict[str, str]) -> Path:
    """The files of an app."""
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(text.encode())
    return folder


def test_an_image_runs_as_its_author_has_it_run(containers: Containers, tmp_path: Path):
    """The compose file says folder, command and variable; a script with Windows' line ends changes owner and user."""
    containers.change(lambda config: config.update({"slipway:apps": {}}))
    folder = write(tmp_path / "shop-of-ours", AS_PEOPLE_WRITE)
    containers.verb("add", str(folder), "--name", "shop", "--platform", "container", "--up", "--yes")
    assert containers.page("shop") == "user 1234, mode live, seeded"
    declared = containers.settings()["config"]["slipway:apps"]["shop"]
    assert (declared["command"], declared["locked_down"]) == ("python app.py", False)
    assert containers.nothing_would_change()


FLASK = """\
from flask import Flask

app = Flask(__name__)


@app.get("/")
def index():
    return "shop"
"""


def test_an_app_whose_dockerfile_fails_is_taken_without_it(containers: Containers, tmp_path: Path):
    """One sentence says so, and the stack's file says how to go back."""
    containers.change(lambda config: config.update({"slipway:apps": {}}))
    files = {
        "main.py": FLASK,
        "requirements.txt": "flask\n",
        "Dockerfile": "FROM python:3.11\nCOPY --from=gone /a /b\n",
    }
    folder = write(tmp_path / "shop", files)
    output = containers.verb("add", str(folder), "--platform", "container", "--up", "--yes")
    assert "shop did not come up by its own Dockerfile" in output
    assert containers.page("shop") == "shop"
    assert "dockerfile: made" in (containers.folder / STACK).read_text()
