"""What the provider host serves as the package ``docker``."""

from importlib.metadata import version

from slipway.sandbox.docker.client import connect
from slipway.sandbox.handler import Package

PACKAGE = Package(
    name="docker",
    version=version("pulumi-docker"),
    handlers={},
    connect=connect,
)
