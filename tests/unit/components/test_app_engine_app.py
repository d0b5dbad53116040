"""AppEngineApp, on Pulumi's mocks."""

import pytest

from components.gcp.app_engine_app import AppEngineApp, AppEngineAppArgs


def app(project, region="europe-west1", **changes):
    return AppEngineApp("app-engine", AppEngineAppArgs(project=project, region=region, **changes))


def test_it_is_forgotten_and_not_deleted(deploy, project):
    """App Engine cannot delete an application: the state lets go of it, and it goes with its project."""
    declared = deploy(lambda: app(project()).hostname).one("Application")
    assert declared.retain_on_delete is True
    assert declared.deleted_with == "project"


def test_a_changed_region_is_refused_with_the_remedy(deploy, project):
    """An application never moves; the provider would only fail halfway through."""
    with pytest.raises(
        ValueError, match=r"must stay 'us-east1', got 'europe-west1'.*Put 'us-east1' back, or take a new"
    ):
        deploy(lambda: app(project(), previous_region="us-east1"))
    assert deploy(lambda: app(project(), previous_region="europe-west1").hostname).one("Application")


@pytest.mark.parametrize(
    ("region", "location"), [("us-central1", "us-central"), ("europe-west1", "europe-west"), ("us-east1", "us-east1")]
)
def test_two_regions_have_an_older_name(deploy, project, region, location):
    """App Engine is older than the digits at the end of us-central1 and europe-west1."""
    assert deploy(lambda: app(project(), region).hostname).one("Application").inputs["locationId"] == location


def test_it_waits_for_its_api(deploy, project):
    """No application before App Engine's API is on."""
    assert "project-appengine" in deploy(lambda: app(project()).hostname).one("Application").depends_on


@pytest.mark.parametrize("ephemeral", [True, False])
def test_it_is_protected_where_the_stack_is_kept(deploy, project, ephemeral):
    """Replacing it would be losing it."""
    assert deploy(lambda: app(project(), ephemeral=ephemeral).hostname).one("Application").protect is not ephemeral


def test_an_application_that_exists_is_taken_over(deploy, project):
    """An adopted project may have one, and a second cannot be made."""
    deployed = deploy(lambda: app(project(id="mine-1234"), exists=True, adopted_project_id="mine-1234").hostname)
    assert deployed.one("Application").import_id == "mine-1234"
    with pytest.raises(ValueError, match="exists is for adopted projects"):
        deploy(lambda: app(project(), exists=True))
