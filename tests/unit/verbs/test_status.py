"""`slipway status`, and the end of an `up`, name the way back from a version that does not answer."""

from pathlib import Path
from typing import Any

import pytest

from slipway.platforms.platform import Deployment
from slipway.stack.engines import Engine
from slipway.stack.outputs import deployed
from slipway.stack.project import Project
from slipway.stack.session import Run
from slipway.verbs.status import way_back

RUN = Run(Project(Path("/nowhere"), Path("/nowhere")), "dev", Engine.embedded)


def app(platform: str, *versions: str, **details: Any) -> Deployment:
    said = {"platform": platform, "url": "http://127.0.0.1:8080", "versions": list(versions), **details}
    return Deployment(RUN, deployed({"apps": {"web": said}})["web"])


@pytest.mark.parametrize("platform", ["App Engine", "Cloud Run", "Docker", "AWS Lambda", "Elastic Beanstalk"])
def test_the_version_before_is_a_command_away(platform: str):
    """The command stands in the sentence that says what is wrong, and can be typed as it is."""
    assert "`slipway rollback web --stack dev` serves" in way_back(app(platform, "v2", "v1"))


@pytest.mark.parametrize(
    "lacking",
    [
        pytest.param(app("App Engine", "v1"), id="the first version"),
        pytest.param(app("App Engine", "v2", "v1", serve="v1"), id="one that has gone back already"),
        pytest.param(app("PythonAnywhere"), id="a platform that keeps none"),
        pytest.param(app("Of tomorrow", "v2", "v1"), id="a platform that is not known"),
    ],
)
def test_no_command_is_named_that_would_be_refused(lacking: Deployment):
    """What has no version before it, or is pinned to one, has no way back."""
    assert way_back(lacking) == ""
