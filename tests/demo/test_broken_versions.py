"""A version that is broken is deployed over one that serves, while requests go on: what each platform does of it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contract.broken_versions import broken_of, hold
from tests.contract.requests_lost import SUBJECTS, Subject, made
from tests.demo.clones import Clone
from tests.docker.load import load

pytestmark = [pytest.mark.slow, pytest.mark.services, pytest.mark.timeout(1800)]


@pytest.fixture
def clone(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Clone]:
    """A clone with the embedded engine and one app: what is looked at is the local clouds."""
    clone = made(request.getfixturevalue("subject"), tmp_path / "clone")
    yield clone
    clone.run("sandbox", "stop")


@pytest.mark.parametrize("subject", [pytest.param(one, id=one.app) for one in SUBJECTS if not one.docker])
def test_a_broken_version_does_as_its_case_says(clone: Clone, subject: Subject, subtests: pytest.Subtests):
    """Who serves, whether a request is lost, how `up` ends, what it says, and the way back."""
    subject.edit(clone, 0)
    clone.verb("up")
    with load(clone.url(subject.app)) as asked:
        for case in broken_of(subject):
            with subtests.test(case.name):
                hold(case, subject, clone, asked)
