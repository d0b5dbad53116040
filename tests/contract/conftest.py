"""Each home is brought up once, for all that is asked of it."""

import pytest

from tests.contract.homes import HOMES
from tests.contract.live import live, why_not


@pytest.fixture(scope="module", params=HOMES, ids=lambda home: home.name.lower().replace(" ", "-"))
def service(request, tmp_path_factory):
    """The time service, live in a home."""
    home = request.param
    if missing := why_not(home):
        pytest.skip(f"{home.name}: {missing}")
    with live(home, tmp_path_factory.mktemp("home")) as found:
        yield found
