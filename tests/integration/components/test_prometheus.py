"""What Prometheus is told, held by Prometheus' own tool where it is installed."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from components.containers.rules import Target, Thresholds, digest_of, files

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
    assert "6 rules found" in done.stdout


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
    shown = json.loads(files(TARGETS, Thresholds(), {})["dashboard.json"])
    queries = " ".join(panel["targets"][0]["expr"] for panel in shown["panels"])
    for metric in ("http_requests_total", "http_errors_total", "duration_seconds_bucket", "app_memory_limit_bytes"):
        assert metric in queries
    places = [(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in shown["panels"]]
    assert len(set(places)) == len(places)
    (choice,) = [one for one in shown["templating"]["list"] if one["name"] == "app"]
    assert choice["query"] == "another,hello"
