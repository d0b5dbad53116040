"""The pipelines of app_src, tested where Beam is."""

import subprocess
from pathlib import Path

import pytest

from slipway.sandbox.dataflow import beam

ROOT = Path(__file__).resolve().parents[2]
APPS = ("pipelines", "wordcount")


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
