"""PrivateBucket, on Pulumi's mocks."""

import pytest

from components.gcp.bucket import PrivateBucket, PrivateBucketArgs


def bucket(project, **changes):
    return PrivateBucket("data", PrivateBucketArgs(project=project(), location="europe-west1", **changes))


def test_the_public_cannot_be_let_in(deploy, project):
    """Uniform access and enforced prevention leave no way to publish an object, and overwriting loses nothing."""
    inputs = deploy(lambda: bucket(project).url).one("Bucket").inputs
    assert inputs["publicAccessPrevention"] == "enforced"
    assert inputs["uniformBucketLevelAccess"] is True
    assert inputs["versioning"] == {"enabled": True}


@pytest.mark.parametrize("ephemeral", [True, False])
def test_only_an_ephemeral_bucket_goes_with_what_is_in_it(deploy, project, ephemeral):
    """A bucket that holds something cannot be destroyed, which is right where the stack is kept."""
    declared = deploy(lambda: bucket(project, ephemeral=ephemeral).url).one("Bucket")
    assert (declared.inputs["forceDestroy"], declared.protect) == (ephemeral, not ephemeral)


def test_it_waits_for_its_api(deploy, project):
    """Cloud Storage answers SERVICE_DISABLED until its API is on."""
    assert "project-storage" in deploy(lambda: bucket(project).url).one("Bucket").depends_on


def test_its_name_is_the_projects_unless_it_is_given(deploy, project):
    """Bucket names are shared by the world: the project's id makes them unique."""
    assert deploy(lambda: bucket(project).bucket_name).result == "demo-ab12cd-data"
    assert deploy(lambda: bucket(project, bucket_name="my-bucket").bucket_name).result == "my-bucket"


def test_objects_expire_only_where_it_is_asked(deploy, project):
    """Old generations go after a month; what is current stays unless it has an age."""
    ages = [
        [
            rule["condition"].get("age")
            for rule in deploy(lambda e=e: bucket(project, expire_after_days=e).url)
            .one("Bucket")
            .inputs["lifecycleRules"]
            if rule["action"]["type"] == "Delete"
        ]
        for e in (None, 5)
    ]
    assert ages == [[None], [None, 5]]


@pytest.mark.parametrize("name", ["ab", "Upper", "goog-x", "my-google", "a" * 64, "-start", "192.168.5.4"])
def test_a_name_google_refuses_is_refused_here(deploy, project, name):
    """The naming rules are the cloud's; the message repeats the name."""
    with pytest.raises(ValueError, match=f"got '{name}'"):
        deploy(lambda: bucket(project, bucket_name=name))


def test_an_age_is_a_day_or_more(deploy, project):
    """Zero days would delete what was just written."""
    with pytest.raises(ValueError, match="must be 1 or more, got 0"):
        deploy(lambda: bucket(project, expire_after_days=0))
