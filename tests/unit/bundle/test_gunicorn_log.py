"""What an app's access log has in a container."""

import importlib.util
import json
import sys
from datetime import timedelta
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from slipway.bundle.kinds.container_context import GUNICORN_FILE

APPS = Path(__file__).parents[3] / "app_src"
FROM_OUTSIDE = {"REMOTE_ADDR": "172.18.0.3", "HTTP_X_FORWARDED_FOR": "203.0.113.9"}
CHECK = {"REMOTE_ADDR": "127.0.0.1"}
SCRAPE = {"REMOTE_ADDR": "172.18.0.4", "HTTP_USER_AGENT": "Prometheus/3.5.0"}


class Logger:
    """As gunicorn's: the lines that it writes, and the atoms that its formats know."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.access_log = SimpleNamespace(info=self.lines.append)

    def access(self, resp: Any, req: Any, environ: Any, request_time: Any) -> None:
        self.lines.append("as gunicorn has it")

    def atoms(self, resp: Any, req: Any, environ: Any, request_time: Any) -> dict[str, str]:
        return {"m": "GET", "U": "/a", "H": "HTTP/1.1", "h": environ["REMOTE_ADDR"], "a": "-", "f": "-"}


@pytest.fixture
def logger(monkeypatch: pytest.MonkeyPatch) -> Logger:
    """The class of the file, on top of a logger that keeps its lines."""
    for name, classes in {
        "gunicorn.glogging": {"Logger": Logger},
        "gunicorn.http.message": {"Request": object},
        "gunicorn.http.wsgi": {"Response": object},
    }.items():
        module = ModuleType(name)
        vars(module).update(classes)
        monkeypatch.setitem(sys.modules, name, module)
    spec = importlib.util.spec_from_file_location("gunicorn_conf", GUNICORN_FILE)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.delenv("K_SERVICE", raising=False)
    return module.logger_class()


def asked(logger: Logger, environ: dict[str, str], status: int = 200) -> list[str]:
    """The lines of a request."""
    response = SimpleNamespace(status_code=status, sent=5)
    logger.access(response, None, environ, timedelta(seconds=0.25))
    return logger.lines


@pytest.mark.parametrize(
    ("environ", "status", "lines"),
    [
        (CHECK, 200, 0),
        (SCRAPE, 200, 0),
        (CHECK, 500, 1),
        (FROM_OUTSIDE, 200, 1),
        ({**FROM_OUTSIDE, "HTTP_USER_AGENT": "Prometheus/3.5.0"}, 200, 1),
    ],
)
def test_what_machines_ask_is_not_logged_while_it_goes_well(logger: Logger, environ, status: int, lines: int):
    """Whatever a caller from outside says of itself, its request is logged."""
    assert len(asked(logger, environ, status)) == lines


def test_cloud_run_gets_lines_of_json(logger: Logger, monkeypatch: pytest.MonkeyPatch):
    """In the fields that Cloud Logging knows: the severity and the request."""
    monkeypatch.setenv("K_SERVICE", "shop")
    (line,) = asked(logger, FROM_OUTSIDE, 404)
    assert json.loads(line) == {
        "severity": "WARNING",
        "message": "GET /a 404",
        "httpRequest": {
            "requestMethod": "GET",
            "requestUrl": "/a",
            "protocol": "HTTP/1.1",
            "remoteIp": "172.18.0.3",
            "status": 404,
            "responseSize": "5",
            "latency": "0.250000s",
        },
    }


@pytest.mark.parametrize("app", ["dockerize", "hello_container"])
def test_the_demo_apps_log_as_made_images_do(app: str):
    """Their Dockerfiles copy the same file."""
    assert (APPS / app / GUNICORN_FILE.name).read_bytes() == GUNICORN_FILE.read_bytes()
    assert GUNICORN_FILE.name in (APPS / app / "Dockerfile").read_text()
