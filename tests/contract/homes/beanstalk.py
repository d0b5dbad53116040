"""Elastic Beanstalk: the bundle with its Procfile."""

from tests.contract.home import Home

HOME = Home(name="Elastic Beanstalk", settings={"home": "beanstalk"}, freezes=True)
