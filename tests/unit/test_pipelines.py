"""The lists that pin what the pipelines of app_src run on agree."""

import re
from pathlib import Path

import pytest

from slipway.sandbox.dataflow import beam

ROOT = Path(__file__).resolve().parents[2]
APPS = ("pipelines", "wordcount")
PIN = re.compile(r"^([a-z0-9][a-z0-9._-]*)(?:\[[^]]*\])?==([^\s;\\]+)", re.MULTILINE)


@pytest.mark.parametrize("app", APPS)
def test_an_app_pins_what_it_is_tested_with(app):
    """A pipeline is packaged with its own lock, and runs here in the one environment that all share."""
    here = dict(PIN.findall((ROOT / beam.LIST).read_text()))
    pinned = dict(PIN.findall((ROOT / "app_src" / app / "requirements.txt").read_text()))
    assert pinned
    assert {name: version for name, version in pinned.items() if here.get(name) != version} == {}
