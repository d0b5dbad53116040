"""The processor that an image is built for, on Pulumi's mocks."""

import json
from pathlib import Path

import pytest

from components.containers.local_registry import LocalRegistry
from stacks.builds import app_image, contexts
from stacks.platforms import ContainerApp
from stacks.settings import load

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize(("says", "builds"), [({}, "linux/amd64"), ({"architecture": "arm64"}, "linux/arm64")])
def test_an_image_is_built_for_the_processor_of_the_daemons_machine(
    deploy, monkeypatch: pytest.MonkeyPatch, says: dict[str, str], builds: str
):
    """And its tag is another one: registries take a tag once."""
    monkeypatch.chdir(ROOT)
    app = {"platform": "container", "source": "app_src/dockerize", "version": "1.0.0", "port": 5000, **says}
    config = {
        "slipway:environment": "dev",
        "slipway:kind": "ephemeral",
        "slipway:owner": "anna",
        "slipway:expires": "2099-01-01",
        "aws:region": "eu-central-1",
        "slipway:aws": json.dumps({"region": "eu-central-1"}),
        "slipway:budget": json.dumps({"amount": 5, "email": "anna@example.com"}),
        "slipway:registries": json.dumps({"aws": {}}),
        "slipway:apps": json.dumps({"web": {**app, "python": "3.13"}}),
        "docker:host": "ssh://deploy@apps.example.com",
    }

    def program():
        settings = load(ROOT)
        (context,) = contexts(settings, ContainerApp).values()
        registry = LocalRegistry("127.0.0.1:5001", below="slipway-dev", username="u", password="p")
        return app_image(settings, "web", settings.apps["web"], context, {"aws": registry}).tag  # type: ignore[arg-type]

    deployed = deploy(program, stack="dev", config=config)
    assert deployed.one("Image").inputs["build"]["platform"] == builds
