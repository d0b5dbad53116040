"""What a `destroy` that was cut off leaves behind."""

import pytest

from slipway.verbs.cut_destroy import APPLICATION, PROJECT, spent_project

SUFFIX = "urn:pulumi:sandbox::slipway::slipway:gcp:GcpProject$random:index/randomId:RandomId::project-suffix"
OURS = {
    "dependencies": [SUFFIX],
    "type": PROJECT,
    "urn": "urn:pulumi:sandbox::slipway::gcp:organizations/project:Project::project",
}
WEB, OTHER = {"platform": "App Engine"}, {"platform": "Cloud Run"}


@pytest.mark.parametrize(
    ("resources", "apps", "spent"),
    [
        ([OURS], {"web": WEB}, True),
        ([OURS, {"type": APPLICATION, "urn": "u"}], {"web": WEB}, False),
        ([OURS], {"web": OTHER}, False),
        ([], {"web": WEB}, False),
    ],
    ids=["cut off", "whole", "the app was taken away", "another project is made in any case"],
)
def test_a_project_is_spent_once_its_application_was_given_up(resources: list, apps: dict, spent: bool):
    """Google makes an application once a project, and the outputs still have the app."""
    assert spent_project(resources, {"apps": apps}) == (SUFFIX if spent else "")


def test_a_stack_that_was_never_up_has_no_spent_project():
    """It has no outputs."""
    assert spent_project([OURS], {}) == ""
