"""Prices by size, number and region, each beside the sum that a person reckons from the clouds' price pages."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest

from slipway.catalog import estimates
from slipway.catalog.table import CATALOG

ENVIRONMENT, SCALING = "aws:elasticbeanstalk:environment", "aws:autoscaling:asg"


def settings(*rows: tuple[str, str, object]) -> dict[str, Any]:
    """An environment with these options."""
    return {"settings": [{"namespace": space, "name": name, "value": value} for space, name, value in rows]}


@pytest.mark.parametrize(
    ("inputs", "region", "month"),
    [
        # 730 hours of a t3.micro, 8 GB of disk, a public address.
        (settings((ENVIRONMENT, "EnvironmentType", "SingleInstance")), "us-east-1", "12.00"),
        (settings((ENVIRONMENT, "EnvironmentType", "SingleInstance")), "eu-central-1", "13.17"),
        # A region without rates has the dearest ones.
        (settings((ENVIRONMENT, "EnvironmentType", "SingleInstance")), "ap-south-2", "13.17"),
        (
            settings(
                (ENVIRONMENT, "EnvironmentType", "SingleInstance"),
                ("aws:ec2:instances", "InstanceTypes", "m5.large, t3.nano"),
            ),
            "us-east-1",
            "74.49",
        ),
        # One instance has no minimum: what is set for many does not count.
        (settings((ENVIRONMENT, "EnvironmentType", "SingleInstance"), (SCALING, "MinSize", "3")), "us-east-1", "12.00"),
        # With a balancer, and two addresses of its own.
        ({}, "us-east-1", "39.01"),
        (settings((SCALING, "MinSize", "3")), "us-east-1", "63.02"),
    ],
)
def test_an_environment_of_beanstalk(inputs: Mapping[str, Any], region: str, month: str):
    """A month of the least machines, each with its disk and address, and of the balancer before them."""
    price = estimates.beanstalk(inputs, region)
    assert price is not None
    assert round(price, 2) == Decimal(month)


@pytest.mark.parametrize(
    "inputs",
    [
        settings(("aws:ec2:instances", "InstanceTypes", "x9.huge")),
        settings((SCALING, "MinSize", "many")),
        {"settings": "unreadable"},
        {"settings": ["unreadable"]},
    ],
)
def test_an_environment_that_cannot_be_read_has_no_price(inputs: Mapping[str, Any]):
    """A machine or a number that is in no table is no price of nought."""
    assert estimates.beanstalk(inputs, "us-east-1") is None


def service(least: object, **container: Any) -> dict[str, Any]:
    """A service of Cloud Run with so many instances at least."""
    return {"template": {"scaling": {"minInstanceCount": least}, "containers": [{"resources": container}]}}


@pytest.mark.parametrize(
    ("inputs", "region", "month"),
    [
        ({}, "europe-west1", "0.00"),
        # 2,628,000 seconds of one processor and of half a GiB at rest.
        (service(1), "europe-west1", "9.86"),
        (service(1), "europe-west3", "13.80"),
        (service(2), "europe-west1", "19.71"),
        (service(1, limits={"cpu": "2", "memory": "1Gi"}), "europe-west1", "19.71"),
        (service(1, limits={"cpu": "500m", "memory": "1048576Ki"}), "europe-west1", "9.86"),
        (service(1, limits={"cpu": "1", "memory": "2Gi"}), "europe-west1", "19.71"),
        (service(1, limits={"cpu": "1", "memory": str(1 << 30)}), "europe-west1", "13.14"),
        (service(1, limits={"cpu": "1", "memory": "1G"}), "europe-west1", "12.69"),
        (service(1, limits={"cpu": "1", "memory": "500M"}), "europe-west1", "9.63"),
        (service(1, limits={"cpu": "1", "memory": "1000000k"}), "europe-west1", "12.69"),
        # With its processor always there.
        (service(1, cpuIdle=False), "europe-west1", "49.93"),
    ],
)
def test_a_service_of_cloud_run(inputs: Mapping[str, Any], region: str, month: str):
    """A month of the instances that stay although no request comes."""
    price = estimates.cloud_run(inputs, region)
    assert price is not None
    assert round(price, 2) == Decimal(month)


@pytest.mark.parametrize(
    ("database", "month"),
    [
        ({"tier": "db-f1-micro"}, "9.36"),
        ({"tier": "db-f1-micro", "diskSize": 100}, "24.66"),
        ({"tier": "db-g1-small", "availabilityType": "REGIONAL"}, "54.50"),
    ],
)
def test_an_instance_of_cloud_sql(database: Mapping[str, Any], month: str):
    """A month of the machine with its disk, twice where a second one stands by."""
    price = estimates.cloud_sql({"settings": database}, "europe-west1")
    assert price is not None
    assert round(price, 2) == Decimal(month)


@pytest.mark.parametrize("database", [{}, {"tier": "db-custom-96-624000"}])
def test_a_machine_of_cloud_sql_that_no_table_has(database: Mapping[str, Any]):
    """Such an instance has no price of nought."""
    assert estimates.cloud_sql({"settings": database}, "europe-west1") is None


@pytest.mark.parametrize(("inputs", "days"), [({}, 30), ({"destroyScheduledDuration": "172800s"}, 2)])
def test_how_long_a_keys_versions_stay(inputs: Mapping[str, Any], days: int):
    """Google's default is 30 days: https://cloud.google.com/kms/docs/destroy-restore."""
    (linger,) = CATALOG["gcp:kms/cryptoKey:CryptoKey"].lingers
    assert linger.days is not None
    assert linger.days.of(inputs) == days
