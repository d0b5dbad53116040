"""Elastic Beanstalk: the bundle with its Procfile."""

from tests.contract.platform import Platform

PLATFORM = Platform(name="Elastic Beanstalk", settings={"platform": "beanstalk"}, freezes=True)
