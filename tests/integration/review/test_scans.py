"""What a scanner knows of the packages and bases of two revisions."""

import hashlib
import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from slipway.bundle.cache import Cache
from slipway.bundle.vulnerabilities import SCANNERS
from slipway.review.markdown import markdown
from slipway.review.model import Environment, Review, Scanned
from slipway.review.page import page
from slipway.review.scans import Scans

SCRIPT = """#!/bin/sh
PATH=/usr/bin:/bin
case "$1" in
image) echo '{"Metadata": {"ImageConfig": {"created": "2026-11-01T00:00:00Z"}}}' ;;
*) for file in "$@"; do :; done
   if grep -q 3.0.0 "$file"; then
     echo '{"Results": [{"Vulnerabilities": [{"PkgName": "flask", "InstalledVersion": "3.0.0",
       "VulnerabilityID": "CVE-1", "Severity": "LOW", "FixedVersion": "3.1.0"}]}]}'
   else echo '{}'; fi ;;
esac
echo asked >> COUNT
"""


@pytest.fixture
def scans(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Scans:
    """With a trivy that knows one vulnerability of flask 3.0.0, and when a base was made."""
    program = tmp_path / "bin/trivy"
    program.parent.mkdir()
    program.write_text(SCRIPT.replace("COUNT", str(tmp_path / "count")))
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(program.parent))
    return Scans(SCANNERS[0], Cache.at(tmp_path), tmp_path, date(2026, 11, 27))


def outcome(tmp_path: Path, flask: str, base: str) -> dict[str, Any]:
    """An evaluation of a stack with one app, whose artifact the cache has, and an image of it."""
    digest = hashlib.sha256(flask.encode()).hexdigest()
    file = Cache.at(tmp_path).root / "artifacts" / f"{digest}.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps({"manifest": {}, "sizes": {}, "owners": {}, "packages": {"flask": flask}}))
    dockerfile = tmp_path / "Dockerfile"
    dockerfile.write_text("ARG BASE=python:3\nFROM ${BASE}\n")
    inputs = {"build": {"dockerfile": dockerfile.name, "args": {"BASE": base}}}
    step = {"new": {"type": "docker:index/image:Image", "inputs": inputs}}
    return {"outputs": {"apps": {"web": {"digest": digest}}}, "steps": [step, {"new": None}]}


def test_what_a_change_brings_is_new(scans: Scans, tmp_path: Path):
    """The vulnerability of the older flask; the base is told with its age, and is the same."""
    before, after = outcome(tmp_path, "3.1.0", "python:3.13"), outcome(tmp_path, "3.0.0", "python:3.13")
    assert scans.of(after, before) == (
        Scanned(subject="web", text="flask 3.0.0: CVE-1 (low), mended in 3.1.0", new=True),
        Scanned(subject="python:3.13", text="made 26 days ago"),
    )
    assert [row.new for row in scans.of(after, after)] == [False, False]


def test_a_thing_is_asked_about_once(scans: Scans, tmp_path: Path):
    """However many stacks have it: a scan takes seconds."""
    for _ in range(3):
        scans.of(outcome(tmp_path, "3.0.0", "python:3.13"), None)
    assert (tmp_path / "count").read_text().split() == ["asked"] * 2


def test_every_form_of_a_review_shows_it():
    """Markdown and the page."""
    row = Scanned(subject="web", text="flask 3.0.0: CVE-1 (low), mended in 3.1.0", new=True)
    review = Review(base="a", head="b", environments=(Environment(name="dev", status="compared", scanned=(row,)),))
    assert "**new** `web` · `flask 3.0.0: CVE-1 (low), mended in 3.1.0` · `dev`" in markdown(review)
    assert "flask 3.0.0: CVE-1 (low), mended in 3.1.0" in page(review)
