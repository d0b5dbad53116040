"""Both container registries behind their one interface, on Pulumi's mocks."""

import json

import pytest

from components.aws.registry import EcrRegistry, EcrRegistryArgs
from components.gcp.registry import ArtifactRegistry, ArtifactRegistryArgs


def ecr(**changes):
    return EcrRegistry("images", EcrRegistryArgs(repository_name="slipway-images", **changes))


@pytest.fixture
def artifact_registry(project):
    """Makes the Artifact Registry inside a program."""
    return lambda **changes: ArtifactRegistry(
        "images", ArtifactRegistryArgs(project=project(), region="europe-west1", **changes)
    )


def test_both_say_where_to_push(deploy, artifact_registry):
    """One interface: an address without a scheme, and a name."""
    google = deploy(lambda: {"url": (r := artifact_registry()).url, "name": r.registry_name}).result
    amazon = deploy(lambda: {"url": (r := ecr()).url, "name": r.registry_name}).result
    assert google == {"url": "europe-west1-docker.pkg.dev/demo-ab12cd/images", "name": "images"}
    assert amazon == {"url": "123456789012.dkr.ecr.r.amazonaws.com/slipway-images", "name": "slipway-images"}


def test_tags_never_move(deploy, artifact_registry):
    """What was pushed under a tag stays what the tag means."""
    google = deploy(lambda: artifact_registry().url).one("Repository").inputs
    assert google["dockerConfig"] == {"immutableTags": True}
    assert deploy(lambda: ecr().url).one("Repository").inputs["imageTagMutability"] == "IMMUTABLE"


def test_what_is_pushed_is_scanned(deploy, artifact_registry):
    """Artifact Registry inherits scanning from its API, which it therefore waits for."""
    google = deploy(lambda: artifact_registry().url).one("Repository")
    assert google.inputs["vulnerabilityScanningConfig"] == {"enablementConfig": "INHERITED"}
    assert {"project-containerscanning", "project-artifactregistry"} <= google.depends_on
    amazon = deploy(lambda: ecr().url).one("Repository")
    assert amazon.inputs["imageScanningConfiguration"] == {"scanOnPush": True}


def test_the_newest_are_kept(deploy, artifact_registry):
    """Images cost by the month; both clouds delete all but N."""
    policies = deploy(lambda: artifact_registry(keep=4).url).one("Repository").inputs["cleanupPolicies"]
    assert {p["action"]: p.get("mostRecentVersions") for p in policies} == {"DELETE": None, "KEEP": {"keepCount": 4}}
    (rule,) = json.loads(deploy(lambda: ecr(keep=4).url).one("LifecyclePolicy").inputs["policy"])["rules"]
    assert (rule["selection"]["countNumber"], rule["action"]) == (4, {"type": "expire"})


@pytest.mark.parametrize("ephemeral", [True, False])
def test_images_go_with_an_ephemeral_stack_alone(deploy, artifact_registry, ephemeral):
    """ECR refuses to delete what holds images, Artifact Registry does not: both are told."""
    amazon = deploy(lambda: ecr(ephemeral=ephemeral).url).one("Repository")
    assert (amazon.inputs["forceDelete"], amazon.protect) == (ephemeral, not ephemeral)
    google = deploy(lambda: artifact_registry(ephemeral=ephemeral).url).one("Repository")
    assert google.inputs["deletionPolicy"] == ("DELETE" if ephemeral else "PREVENT")
    assert google.protect is not ephemeral


def test_keeping_none_is_refused(artifact_registry):
    """A registry that keeps nothing is a mistake in a number."""
    with pytest.raises(ValueError, match="keep must be 1 or more images, got 0"):
        ecr(keep=0)
