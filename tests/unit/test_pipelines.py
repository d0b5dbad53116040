"""The pipelines of app_src, tested where Beam is; and that the lists which pin it agree."""

import re
import subprocess
from pathlib import Path

import pytest

from slipway.sandbox.dataflow import beam

ROOT = Path(__file__).resolve().parents[2]
APPS = ("pipelines", "wordcount")
PIN = re.compile(r"^([a-z0-9][a-z0-9._-]*)(?:\[[^]]*\])?==([^\s;\\]+)", re.MULTILINE)


@pytest.mark.slow
def test_the_pipelines_own_tests_pass_where_beam_is():
    """One process for all of them: importing Beam takes seconds. `make beam` makes its environment."""
    python = beam.python()
    assert python, "there is no environment for Apache Beam: `make beam` makes it"
    tests = [f"app_src/{app}/tests" for app in APPS]
    words = [python, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-W", "ignore::pytest.PytestConfigWarning", *tests]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, timeout=150)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    assert " passed" in done.stdout


@pytest.mark.parametrize("app", APPS)
def test_an_app_pins_what_it_is_tested_with(app):
    """A pipeline is packaged with its own lock, and runs here in the one environment that all share."""
    here = dict(PIN.findall((ROOT / beam.LIST).read_text()))
    pinned = dict(PIN.findall((ROOT / "app_src" / app / "requirements.txt").read_text()))
    assert pinned
    assert {name: version for name, version in pinned.items() if here.get(name) != version} == {}
