"""What one asks of an app once it is live, home by home: the table of homes. The verbs are in :mod:`.verbs`."""

from collections.abc import Mapping
from importlib import import_module

from slipway.homes.home import Home

HOMES: Mapping[str, str] = {
    "App Engine": "slipway.homes.app_engine",
    "AWS Lambda": "slipway.homes.aws_lambda",
    "Cloud Run": "slipway.homes.cloud_run",
    "Dataflow": "slipway.homes.dataflow",
    "Docker": "slipway.homes.docker",
    "Elastic Beanstalk": "slipway.homes.beanstalk",
    "PythonAnywhere": "slipway.homes.pythonanywhere",
}
"""Home, as a stack's output ``apps`` says it -> the module whose ``HOME`` it is, imported when it is asked for."""


def home_of(name: str) -> Home:
    """A home of :data:`HOMES`."""
    return import_module(HOMES[name]).HOME
