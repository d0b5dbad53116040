"""A broken container, and a broken revision, is deployed over one that serves, while requests go on."""

import pytest

from tests.contract.broken_versions import broken_of, hold
from tests.contract.requests_lost import SUBJECTS, Subject
from tests.docker.conftest import Containers
from tests.docker.load import load

pytestmark = [pytest.mark.docker, pytest.mark.slow, pytest.mark.services, pytest.mark.timeout(1800)]


@pytest.mark.parametrize("subject", [pytest.param(one, id=one.app) for one in SUBJECTS if one.docker])
def test_a_broken_version_does_as_its_case_says(containers: Containers, subject: Subject, subtests: pytest.Subtests):
    """Who serves, whether a request is lost, how `up` ends, what it says, and the way back."""
    containers.leave(subject.app)
    subject.edit(containers, 0)
    containers.verb("up")
    with load(containers.url(subject.app)) as asked:
        for case in broken_of(subject):
            with subtests.test(case.name):
                hold(case, subject, containers, asked)
