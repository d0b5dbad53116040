"""What a `destroy` that was cut off leaves behind."""

import pytest

from slipway.verbs.cut_destroy import APPLICATION, PROJECT, SUFFIX, spent_project

STACK = "urn:pulumi:sandbox::slipway::slipway:gcp:GcpProject$"
DRAWN = {"type": SUFFIX, "urn": f"{STACK}{SUFFIX}::project-suffix"}
OURS = {"type": PROJECT, "urn": f"{STACK}{PROJECT}::project", "dependencies": [DRAWN["urn"]]}
ITS_APPLICATION = {"type": APPLICATION, "urn": f"urn:pulumi:sandbox::slipway::{APPLICATION}::app-engine"}
WEB, OTHER = {"platform": "App Engine"}, {"platform": "Cloud Run"}


@pytest.mark.parametrize(
    ("resources", "apps", "spent"),
    [
        ([DRAWN, OURS], {"web": WEB}, True),
        ([DRAWN], {"web": OTHER}, True),
        ([DRAWN, OURS, ITS_APPLICATION], {"web": WEB}, False),
        ([DRAWN, OURS], {"web": OTHER}, False),
        ([DRAWN], {}, False),
        ([], {"web": WEB}, False),
    ],
    ids=["application given up", "project gone", "whole", "the app was taken away", "never up", "nothing is left"],
)
def test_what_is_spent_of_a_project(resources: list, apps: dict, spent: bool):
    """Google takes an id once, and makes an application once a project; the outputs still have the apps."""
    expected = DRAWN["urn"] if spent else ""
    assert spent_project(resources, {"apps": apps}, uses_app_engine=True) == expected


def test_a_stack_without_app_engine_keeps_its_project():
    """The app is taken away in the settings: no application is to be made again."""
    assert spent_project([DRAWN, OURS], {"apps": {"web": WEB}}, uses_app_engine=False) == ""
