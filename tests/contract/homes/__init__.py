"""The homes of the time service: one file each, one table of them."""

from tests.contract.home import Home
from tests.contract.homes import app_engine, aws_lambda, beanstalk, cloud_run, container, pythonanywhere

HOMES: tuple[Home, ...] = (
    app_engine.HOME,
    beanstalk.HOME,
    container.HOME,
    cloud_run.HOME,
    pythonanywhere.HOME,
    aws_lambda.HOME,
)
"""In the order of the parity table's columns."""
