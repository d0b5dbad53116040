"""One behaviour, every home: what a client of the time service sees is the same wherever it is."""

import pytest

from tests.contract.promises import PROMISES, latency

pytestmark = [pytest.mark.services, pytest.mark.slow, pytest.mark.timeout(600)]

SLOWEST = 1000.0
"""Milliseconds that half of the answers may take, on a busy machine as well."""


@pytest.mark.parametrize("promise", PROMISES, ids=lambda promise: promise.says.replace("`", ""))
def test_keeps_its_promise(service, promise):
    """What is seen is what is promised, or the difference that the home declares and explains."""
    assert promise.seen(service) == service.home.differs.get(promise.says, promise.expected)


def test_answers_soon(service):
    """No home makes a client wait."""
    assert latency(service).median < SLOWEST
