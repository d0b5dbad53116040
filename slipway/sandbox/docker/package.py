"""What the provider host serves as the package ``docker``."""

from importlib.metadata import version

from slipway.sandbox.docker import containers, images, networks, remote_images
from slipway.sandbox.docker.client import connect
from slipway.sandbox.handler import Package

PACKAGE = Package(
    name="docker",
    version=version("pulumi-docker"),
    handlers={**images.HANDLERS, **containers.HANDLERS, **networks.HANDLERS, **remote_images.HANDLERS},
    connect=connect,
)
