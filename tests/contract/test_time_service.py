"""One behaviour, every platform: what a client of the time service sees is the same wherever it is."""

import pytest

from tests.contract.promises import PROMISES, latency

pytestmark = [pytest.mark.services, pytest.mark.slow, pytest.mark.timeout(600)]

SLOWEST = 1000.0
"""Milliseconds that half of the answers may take, on a busy machine as well."""


def test_keeps_its_promises_and_answers_soon(service, subtests: pytest.Subtests):
    """What is seen is what is promised, or the difference that the platform declares and explains.

    One test a platform: several would be handed to several test processes, and each would bring the platform up.
    """
    with subtests.test("no platform makes a client wait"):  # before fifty at once: some keep a process for each
        assert latency(service).median < SLOWEST
    for promise in PROMISES:
        with subtests.test(promise.says):
            assert promise.seen(service) == service.platform.differs.get(promise.says, promise.expected)
