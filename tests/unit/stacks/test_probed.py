"""Which paths are asked after an `up`."""

import pytest
from pydantic import TypeAdapter

from stacks.platforms import AnyApp, AppSettings

APP: TypeAdapter[AnyApp] = TypeAdapter(AppSettings)


@pytest.mark.parametrize(
    ("platform", "settings", "paths"),
    [
        ("lambda", {"url": "public"}, ["/"]),
        ("lambda", {"url": "iam"}, []),
        ("lambda", {"url": "none"}, []),
        ("lambda", {}, []),
        ("cloud-run", {"access": "public", "probe": ["/up"]}, ["/up"]),
        ("cloud-run", {"access": "private"}, []),
        ("app-engine", {}, ["/"]),
        ("beanstalk", {}, ["/"]),
    ],
)
def test_an_app_that_answers_signed_requests_alone_is_not_probed(platform, settings, paths):
    """A probe signs nothing: the platform would answer 403, and a sound `up` would fail."""
    app = APP.validate_python({"platform": platform, "source": "app", "python": "3.13", **settings})
    assert app.probed == paths
