"""What Prometheus is told, held by Prometheus' own tool where it is installed."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from components.containers.rules import DASHBOARD, Alertmanager, Target, Thresholds, digest_of, files

PROMTOOL = shutil.which("promtool")
TARGETS = [Target(app="hello", address="hello:80"), Target(app="another", address="another:8080", path="/-/metrics")]

RULES_HOLD = """
rule_files: [rules.yml]
evaluation_interval: 15s
tests:
  - interval: 15s
    input_series:
      - {series: 'up{job="gone"}', values: '1x10 0x20'}
      - {series: 'up{job="well"}', values: '1x30'}
      - {series: 'http_requests_total{job="failing",status="500"}', values: '0+10x40'}
      - {series: 'http_errors_total{job="failing",endpoint="hello"}', values: '0+1x40'}
      - {series: 'http_requests_total{job="well",status="200"}', values: '0+10x40'}
      - {series: 'http_errors_total{job="well",endpoint="hello"}', values: '0+0x40'}
      - {series: 'http_request_duration_seconds_bucket{job="slow",le="1.0"}', values: '0+1x40'}
      - {series: 'http_request_duration_seconds_bucket{job="slow",le="2.5"}', values: '0+10x40'}
      - {series: 'http_request_duration_seconds_bucket{job="slow",le="+Inf"}', values: '0+10x40'}
      - {series: 'app_memory_bytes{job="full"}', values: '95x40'}
      - {series: 'app_memory_limit_bytes{job="full"}', values: '100x40'}
      - {series: 'app_memory_bytes{job="well"}', values: '50x40'}
      - {series: 'app_memory_limit_bytes{job="well"}', values: '100x40'}
    alert_rule_test:
      - {eval_time: 2m, alertname: AppDown, exp_alerts: []}
      - eval_time: 5m
        alertname: AppDown
        exp_alerts:
          - exp_labels: {job: gone, severity: critical}
            exp_annotations: {summary: gone does not answer Prometheus}
      - eval_time: 7m
        alertname: AppFails
        exp_alerts:
          - exp_labels: {job: failing, severity: critical}
            exp_annotations: {summary: failing fails 10.0 % of its requests}
      - eval_time: 7m
        alertname: AppIsSlow
        exp_alerts:
          - exp_labels: {job: slow, severity: warning}
            exp_annotations: {summary: slow takes 2.417s for one request in twenty}
      - eval_time: 7m
        alertname: AppNearMemoryLimit
        exp_alerts:
          - exp_labels: {job: full, severity: warning}
            exp_annotations: {summary: 'full uses 95 % of its memory: it is killed at 100 %'}
"""


def test_every_label_has_a_name_that_prometheus_takes():
    """Docker's labels have dots; Prometheus refuses to start with one."""
    written = json.loads(files(TARGETS, Thresholds(), {"owner": "anna", "slipway.stack": "demo"})["prometheus.yml"])
    assert written["global"]["external_labels"] == {"owner": "anna", "slipway_stack": "demo"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder as it is mounted."""
    for name, text in files(TARGETS, Thresholds(), {"environment": "dev"}).items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def promtool(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    if PROMTOOL is None:
        pytest.skip("promtool is not installed (Debian: prometheus)")
    return subprocess.run([PROMTOOL, *words], cwd=folder, capture_output=True, text=True, check=False, timeout=60)


def test_prometheus_takes_the_configuration(folder):
    """Its own tool finds both files in order."""
    done = promtool(folder, "check", "config", "prometheus.yml")
    assert done.returncode == 0, done.stderr
    assert "7 rules found" in done.stdout


def test_the_alarms_are_raised_when_they_should_be_and_not_before(folder):
    """Down for four answers, a tenth of requests failing, one in twenty slow, memory at 95 %; `well` raises none."""
    (folder / "test.yml").write_text(RULES_HOLD)
    done = promtool(folder, "test", "rules", "test.yml")
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_same_apps_give_the_same_bytes():
    """In whatever order they are named: another digest would restart Prometheus."""
    one, other = (files(targets, Thresholds(), {"b": "1", "a": "2"}) for targets in (TARGETS, TARGETS[::-1]))
    assert one == other
    assert digest_of(one) == digest_of(other)
    assert digest_of(one) != digest_of(files(TARGETS, Thresholds(scrape_seconds=1), {"b": "1", "a": "2"}))


def test_every_app_is_a_job_with_its_own_path():
    """An alarm names the app by its job."""
    told = yaml.safe_load(files(TARGETS, Thresholds(), {})["prometheus.yml"])
    assert {
        job["job_name"]: (job["static_configs"][0]["targets"], job["metrics_path"]) for job in told["scrape_configs"]
    } == {
        "hello": (["hello:80"], "/metrics"),
        "another": (["another:8080"], "/-/metrics"),
    }


def test_the_dashboard_shows_what_the_alarms_are_about():
    """Requests, failures, latency and memory, of one app or all; no panel lies on another."""
    shown = json.loads(files(TARGETS, Thresholds(), {})[DASHBOARD])
    queries = " ".join(panel["targets"][0]["expr"] for panel in shown["panels"])
    for metric in ("http_requests_total", "http_errors_total", "duration_seconds_bucket", "app_memory_limit_bytes"):
        assert metric in queries
    places = [(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in shown["panels"]]
    assert len(set(places)) == len(places)
    (choice,) = [one for one in shown["templating"]["list"] if one["name"] == "app"]
    assert choice["query"] == "another,hello"


def test_every_key_of_the_dashboard_is_one_of_grafanas():
    """Grafana's own types for its schema read it and write the same again; a key that they lack would be gone."""
    models = pytest.importorskip("grafana_foundation_sdk.models.dashboard")
    encoder = pytest.importorskip("grafana_foundation_sdk.cog.encoder")
    shown = json.loads(files(TARGETS, Thresholds(), {})[DASHBOARD])
    written = json.loads(encoder.JSONEncoder().encode(models.Dashboard.from_json(shown)))
    assert not list(_lost(shown, written))


def _lost(before: object, after: object, at: str = "") -> Iterator[str]:
    if isinstance(before, dict) and isinstance(after, dict):
        for key, value in before.items():
            yield from _lost(value, after[key], f"{at}.{key}") if key in after else [f"{at}.{key}"]
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for number, value in enumerate(before):
            yield from _lost(value, after[number], f"{at}[{number}]")
    elif before != after:
        yield f"{at}: {before!r} is {after!r}"


def test_grafana_is_told_where_prometheus_and_the_dashboards_are():
    """Its folder `provisioning`: a source, and a provider of the folder that the dashboard is in."""
    rendered = files(TARGETS, Thresholds(), {}, (), "http://127.0.0.1:9191")
    source = yaml.safe_load(rendered["grafana/datasources/slipway.yaml"])["datasources"][0]
    assert (source["type"], source["url"]) == ("prometheus", "http://127.0.0.1:9191")
    provider = yaml.safe_load(rendered["grafana/dashboards/slipway.yaml"])["providers"][0]
    assert provider["options"]["path"].endswith(Path(DASHBOARD).parent.relative_to("grafana").as_posix())


def test_an_alertmanager_is_told(tmp_path: Path):
    """By its scheme, its port and its path, as Prometheus' own tool takes them."""
    told = [Alertmanager.at("https://alerts.example.com/team/"), Alertmanager.at("http://10.0.0.5")]
    rendered = files(TARGETS, Thresholds(), {}, told)
    for name, text in rendered.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    assert json.loads(rendered["prometheus.yml"])["alerting"]["alertmanagers"] == [
        {
            "scheme": "https",
            "path_prefix": "/team",
            "static_configs": [{"targets": ["alerts.example.com:443"]}],
        },
        {"scheme": "http", "static_configs": [{"targets": ["10.0.0.5:9093"]}]},
    ]
    done = promtool(tmp_path, "check", "config", "prometheus.yml")
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("url", ["alerts:9093", "http://user:secret@alerts:9093", "http://", "http://a/?b"])
def test_an_alertmanager_without_an_address_is_refused(url: str):
    """A login would lie in a file that all may read."""
    with pytest.raises(ValueError, match="an Alertmanager has an address as http://HOST:9093"):
        Alertmanager.at(url)
