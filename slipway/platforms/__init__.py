"""The platforms that apps run on: what each can do for an app that is live there, and the table of them."""

from collections.abc import Mapping
from importlib import import_module

from slipway.platforms.platform import Platform

PLATFORMS: Mapping[str, str] = {
    "App Engine": "slipway.platforms.app_engine",
    "AWS Lambda": "slipway.platforms.aws_lambda",
    "Cloud Run": "slipway.platforms.cloud_run",
    "Dataflow": "slipway.platforms.dataflow",
    "Docker": "slipway.platforms.docker",
    "Elastic Beanstalk": "slipway.platforms.beanstalk",
    "PythonAnywhere": "slipway.platforms.pythonanywhere",
}
"""The platform's name in a stack's output ``apps`` -> the module that has its ``PLATFORM``, imported on demand."""


def platform_of(name: str) -> Platform:
    """A platform of :data:`PLATFORMS`."""
    return import_module(PLATFORMS[name]).PLATFORM
