"""Each platform is brought up once, for all that is asked of it."""

import pytest

from tests.contract.live import live, why_not
from tests.contract.platforms import PLATFORMS


@pytest.fixture(scope="module", params=PLATFORMS, ids=lambda platform: platform.name.lower().replace(" ", "-"))
def service(request, tmp_path_factory):
    """The time service, live in a platform."""
    platform = request.param
    if missing := why_not(platform):
        pytest.skip(f"{platform.name}: {missing}")
    with live(platform, tmp_path_factory.mktemp("platform")) as found:
        yield found
