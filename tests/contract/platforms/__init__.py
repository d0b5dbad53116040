"""The platforms of the time service: one file each, one table of them."""

from tests.contract.platform import Platform
from tests.contract.platforms import app_engine, aws_lambda, beanstalk, cloud_run, container, pythonanywhere

PLATFORMS: tuple[Platform, ...] = (
    app_engine.PLATFORM,
    beanstalk.PLATFORM,
    container.PLATFORM,
    cloud_run.PLATFORM,
    pythonanywhere.PLATFORM,
    aws_lambda.PLATFORM,
)
"""In the order of the parity table's columns."""
