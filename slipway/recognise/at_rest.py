"""What an app costs a month on each platform while no request comes, by the catalog's price table."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from slipway.catalog.model import value_at
from slipway.catalog.price import Free, Price
from slipway.catalog.table import row_of


@dataclass(frozen=True, kw_only=True)
class Resting:
    """The resource that a platform bills for, as Slipway declares it unless the stack says otherwise."""

    type: str
    inputs: Mapping[str, Any] = field(default_factory=dict)
    more: str = ""
    """What the price does not say."""


PLATFORMS: Mapping[str, Resting] = {
    "app-engine": Resting(type="gcp:appengine/standardAppVersion:StandardAppVersion"),
    "lambda": Resting(type="aws:lambda/function:Function"),
    "pythonanywhere": Resting(type="pythonanywhere:index:Webapp", more="within the account's plan"),
    "beanstalk": Resting(
        type="aws:elasticbeanstalk/environment:Environment",
        inputs={
            "settings": [
                {"namespace": "aws:ec2:instances", "name": "InstanceTypes", "value": "t3.micro"},
                {
                    "namespace": "aws:elasticbeanstalk:environment",
                    "name": "EnvironmentType",
                    "value": "SingleInstance",
                },
            ]
        },
        more="one t3.micro",
    ),
    "cloud-run": Resting(type="gcp:cloudrunv2/service:Service"),
}
"""Platform -> what it bills. A Docker daemon is the user's own machine, and Dataflow bills while a job runs."""

WITHOUT_PRICE: Mapping[str, str] = {"container": "your machine", "dataflow": "0.00 USD, a job while it runs"}


def at_rest(platform: str) -> str:
    """The month in words, as ``16.46 USD, one t3.micro``."""
    if platform in WITHOUT_PRICE:
        return WITHOUT_PRICE[platform]
    resting = PLATFORMS[platform]
    amount = _month(resting)
    more = f", {resting.more}" if resting.more else ""
    return f"{amount:.2f} USD{more}"


def _month(resting: Resting) -> Decimal:
    price = row_of(resting.type).price
    row = None if isinstance(price, Free) else next((row for row in price if _fits(row, resting)), None)
    if row is None:
        return Decimal(0)
    if row.estimate:
        # No region: the dearest one of the table, to understate no bill.
        return row.estimate(resting.inputs, "") or Decimal(0)
    month = Decimal(row.by_size.monthly[row.by_size.default] if row.by_size else row.monthly)
    number = value_at(resting.inputs, row.per) if row.per else 1
    return month * (Decimal(str(number)) if isinstance(number, int | float) else Decimal(0))


def _fits(row: Price, resting: Resting) -> bool:
    return all(resting.inputs.get(name) == value for name, value in row.where.items())
