"""A stack with containers whose daemon does not answer is refused; one without goes on."""

import pytest

from slipway.stack.docker_daemon import unreachable

CONTAINER = {"urn": "urn:pulumi:s::p::docker:index/container:Container::web", "id": "0123456789ab"}
IMAGE = {"urn": "urn:pulumi:s::p::docker:index/image:Image::web-image"}


@pytest.mark.parametrize("kind", ["pulumi:providers:docker", "aws:s3/bucket:Bucket", "slipway:containers:AppImage"])
def test_a_stack_without_containers_goes_on(kind: str):
    """A provider or a component of ours is nothing on a daemon."""
    assert unreachable("sandbox", [{"urn": "urn:x::y", "type": kind, "id": "1"}]) == ""


def test_what_is_on_the_daemon_is_named_with_what_to_do():
    """By the names that the program gives: a daemon's ids tell nobody anything."""
    resources = [
        {**CONTAINER, "type": "docker:index/container:Container"},
        *[{**IMAGE, "type": "docker:index/image:Image"}] * 6,
    ]
    said = unreachable("sandbox", resources).format(address="unix:///here")
    assert "the stack 'sandbox' has 7 things on a Docker daemon (" in said
    assert "(web, web-image, web-image" in said
    assert " and 2 more), and none answers at unix:///here: start it again (`make docker`" in said
