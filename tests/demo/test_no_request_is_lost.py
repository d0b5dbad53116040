"""Requests go on at every platform while versions are deployed, tried, promoted and taken back: none is lost."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contract.requests_lost import SUBJECTS, Subject, changed, made
from tests.demo.clones import Clone

pytestmark = [pytest.mark.slow, pytest.mark.services, pytest.mark.timeout(3600)]

TIMES = int(os.environ.get("SLIPWAY_DEPLOYS", "1"))


@pytest.fixture
def clone(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Clone]:
    """A clone with the embedded engine and one app: what is looked at is the local clouds."""
    clone = made(request.getfixturevalue("subject"), tmp_path / "clone")
    yield clone
    clone.run("sandbox", "stop")


@pytest.mark.parametrize("subject", [pytest.param(one, id=one.app) for one in SUBJECTS if not one.docker])
def test_an_app_answers_throughout(clone: Clone, subject: Subject):
    """New connections at 30 a second and kept ones: no error, no status of 500 or more."""
    with changed(subject, clone, TIMES) as (asked, _):
        assert asked.lost == []
        assert len(asked.answers) > TIMES * 2
