"""What a client of the app sees, and what Prometheus does."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest
from flask import abort
from flask.testing import FlaskClient
from prometheus_client import CollectorRegistry

FOLDER = Path(__file__).parents[1]


def loaded(name: str, known_as: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(known_as, FOLDER / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def metrics() -> ModuleType:
    return loaded("metrics", "hello_container_metrics")


@pytest.fixture
def registry() -> CollectorRegistry:
    return CollectorRegistry()


@pytest.fixture
def client(metrics: ModuleType, registry: CollectorRegistry, monkeypatch: pytest.MonkeyPatch) -> FlaskClient:
    monkeypatch.setitem(sys.modules, "metrics", metrics)
    app = loaded("main", "hello_container_main").create_app(registry)
    app.add_url_rule("/broken", "broken", lambda: abort(503))
    app.add_url_rule("/fails", "fails", lambda: {}["nothing"])
    return app.test_client()


def test_says_hello(client: FlaskClient):
    """The root answers the agreed text, as plain text."""
    answer = client.get("/")
    assert (answer.status_code, answer.text, answer.mimetype) == (200, "Hello, World!", "text/plain")


def test_says_that_it_is_well(client: FlaskClient):
    """The health check asks for a 200 and gets one."""
    assert client.get("/healthz").status_code == 200


@pytest.mark.parametrize(("method", "path", "status"), [("GET", "/hello", 404), ("POST", "/", 405)])
def test_refuses_what_it_does_not_serve(client: FlaskClient, method: str, path: str, status: int):
    """An unknown path is 404, a method other than GET and HEAD 405."""
    assert client.open(path, method=method).status_code == status


def test_counts_requests_by_endpoint_and_status(client: FlaskClient, registry: CollectorRegistry):
    """A request is counted once, with its method, endpoint and status, and timed."""
    for _ in range(3):
        client.get("/")
    labels = {"method": "GET", "endpoint": "hello", "status": "200"}
    assert registry.get_sample_value("http_requests_total", labels) == 3
    assert registry.get_sample_value("http_request_duration_seconds_count", {"endpoint": "hello"}) == 3


@pytest.mark.parametrize(("path", "endpoint"), [("/broken", "broken"), ("/fails", "fails")])
def test_counts_errors(client: FlaskClient, registry: CollectorRegistry, path: str, endpoint: str):
    """A 5xx counts as an error whether the app said it or an exception did."""
    assert client.get(path).status_code >= 500
    assert registry.get_sample_value("http_errors_total", {"endpoint": endpoint}) == 1


def test_made_up_paths_make_no_new_series(client: FlaskClient, registry: CollectorRegistry):
    """Whoever scans for paths adds to one series, or Prometheus would fill up with theirs."""
    for path in ("/a", "/b", "/c"):
        client.get(path)
    labels = {"method": "GET", "endpoint": "none", "status": "404"}
    assert registry.get_sample_value("http_requests_total", labels) == 3


def test_what_machines_ask_is_not_counted(client: FlaskClient):
    """Scrapes and health checks would drown what people ask; the answer is what Prometheus parses."""
    client.get("/healthz")
    answer = client.get("/metrics")
    assert answer.content_type.startswith("text/plain; version=")
    assert not [
        line
        for line in answer.text.splitlines()
        if 'endpoint="' in line and "_created" not in line and not line.endswith(" 0.0")
    ]
    assert 'endpoint="metrics"' not in answer.text and 'endpoint="healthz"' not in answer.text
    assert "python_info" in answer.text


def test_series_begin_at_nothing(client: FlaskClient):
    """A first burst of errors is seen by how a series grows: it has to be there before."""
    answer = client.get("/metrics").text
    assert 'http_errors_total{endpoint="hello"} 0.0' in answer
    assert 'http_requests_total{endpoint="hello",method="GET",status="500"} 0.0' in answer


@pytest.mark.parametrize(
    ("file", "text", "kills"),
    [
        ("memory.events", "low 0\nhigh 0\nmax 7\noom 2\noom_kill 2\n", 2),
        ("memory/memory.oom_control", "oom_kill_disable 0\nunder_oom 0\noom_kill 3\n", 3),
        ("memory.events", "low 0\n", None),
    ],
    ids=["cgroup v2", "cgroup v1", "an old kernel"],
)
def test_what_was_killed_for_memory_is_counted(
    metrics: ModuleType, tmp_path: Path, file: str, text: str, kills: int | None
):
    """A worker that the kernel ends leaves no trace but this one: its server starts another."""
    (tmp_path / file).parent.mkdir(exist_ok=True)
    (tmp_path / file).write_text(text)
    registry = CollectorRegistry()
    registry.register(metrics.Memory(tmp_path))
    assert registry.get_sample_value("app_oom_kills_total") == kills


@pytest.mark.parametrize(
    ("files", "used", "limit"),
    [
        pytest.param(
            {"memory.current": "3000\n", "memory.max": "4096\n", "memory.stat": "anon 5\ninactive_file 1000\n"},
            2000,
            4096,
            id="cgroup v2",
        ),
        pytest.param(
            {
                "memory/memory.usage_in_bytes": "3000\n",
                "memory/memory.limit_in_bytes": "4096\n",
                "memory/memory.stat": "inactive_file 1\ntotal_inactive_file 1000\n",
            },
            2000,
            4096,
            id="cgroup v1",
        ),
        pytest.param({"memory.current": "3000\n", "memory.max": "max\n"}, 3000, None, id="v2 without a limit"),
        pytest.param(
            {"memory/memory.usage_in_bytes": "3000\n", "memory/memory.limit_in_bytes": f"{0x7FFFFFFFFFFFF000}\n"},
            3000,
            None,
            id="v1 without a limit",
        ),
        pytest.param({}, None, None, id="no cgroup"),
    ],
)
def test_memory_is_what_the_kernel_kills_by(
    metrics: ModuleType, tmp_path: Path, files: dict[str, str], used: int | None, limit: int | None
):
    """Usage less what can be taken back at no cost, and the limit where there is one."""
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    registry = CollectorRegistry()
    registry.register(metrics.Memory(tmp_path))
    assert registry.get_sample_value("app_memory_bytes") == used
    assert registry.get_sample_value("app_memory_limit_bytes") == limit
