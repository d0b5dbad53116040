"""The circumstances of a stack, from its configuration."""

from datetime import date

import pytest

from policy import Context, Resource

TODAY = date(2026, 11, 21)


@pytest.mark.parametrize(
    ("stack", "config", "environment"),
    [
        ("prod", {}, "prod"),
        ("demo-anna", {}, "dev"),
        ("demo-anna", {"slipway:environment": "staging"}, "staging"),
        ("prod", {"slipway:environment": "dev"}, "dev"),
    ],
)
def test_the_environment_is_said_or_follows_from_the_name(stack: str, config: dict[str, str], environment: str):
    """A stack that is called after no environment is judged as dev is."""
    context = Context.from_config(stack, config, TODAY)
    assert (context.stack, context.environment, context.today) == (stack, environment, TODAY)


@pytest.mark.parametrize(("kind", "ephemeral"), [(None, False), ("kept", False), ("ephemeral", True)])
def test_only_what_is_said_to_be_ephemeral_is(kind: str | None, ephemeral: bool):
    """A stack without a kind is kept."""
    assert Context.from_config("dev", {"slipway:kind": kind} if kind else {}, TODAY).ephemeral is ephemeral


@pytest.mark.parametrize("key", ["bucket", "id", "name", "arn"])
def test_a_resource_belongs_to_another_by_any_of_its_names(key: str):
    """Whichever of the bucket's names a resource beside it uses."""
    bucket = Resource(type="aws:s3/bucket:Bucket", name="b", urn="u", props={key: "data"})
    beside = Resource(type="t", name="n", urn="v", props={"bucket": "data"})
    assert beside.may_belong_to(bucket, "bucket")
    assert not Resource(type="t", name="n", urn="v", props={"bucket": "other"}).may_belong_to(bucket, "bucket")
