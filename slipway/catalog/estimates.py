"""Prices that depend on size, number and region: machines of Beanstalk, idle instances of Cloud Run.

Rates are list prices in USD. A region that a table lacks has the rates of the dearest one, to understate no bill.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from slipway.catalog.model import is_readable, value_at

HOURS = 730
"""Hours of a month."""

MACHINES: Mapping[str, Mapping[str, str]] = {
    "us-east-1": {
        "t3.nano": "0.0052",
        "t3.micro": "0.0104",
        "t3.small": "0.0208",
        "t3.medium": "0.0416",
        "t3.large": "0.0832",
        "m5.large": "0.096",
        "m5.xlarge": "0.192",
    },
    "eu-west-1": {
        "t3.nano": "0.0057",
        "t3.micro": "0.0114",
        "t3.small": "0.0228",
        "t3.medium": "0.0456",
        "t3.large": "0.0912",
        "m5.large": "0.107",
        "m5.xlarge": "0.214",
    },
    "eu-central-1": {
        "t3.nano": "0.0060",
        "t3.micro": "0.0120",
        "t3.small": "0.0240",
        "t3.medium": "0.0480",
        "t3.large": "0.0960",
        "m5.large": "0.115",
        "m5.xlarge": "0.230",
    },
}
"""Region → machine → USD an hour, Linux, on demand. https://aws.amazon.com/ec2/pricing/on-demand/, 2025-06-30."""
DEAREST = "eu-central-1"

DISK = Decimal(8) * Decimal("0.0952")
"""8 GB of gp3 a month in the dearest region. https://aws.amazon.com/ebs/pricing/, 2025-06-30."""
ADDRESS = Decimal("0.005") * HOURS
"""A public IPv4 address a month, in every region. https://aws.amazon.com/vpc/pricing/, 2025-06-30."""
BALANCER = Decimal("0.027") * HOURS + 2 * ADDRESS
"""An application load balancer a month, with an address in each of two zones.

https://aws.amazon.com/elasticloadbalancing/pricing/, 2025-06-30, in the dearest region.
"""

RUN_TIER_1 = (
    *("us-central1", "us-east1", "us-east4", "us-east5", "us-south1", "us-west1"),
    *("asia-east1", "asia-northeast1", "asia-northeast2", "europe-north1", "europe-southwest1", "europe-west1"),
    *("europe-west4", "europe-west8", "europe-west9", "me-west1"),
)
RUN_TIER_2 = (
    *("europe-west3", "europe-central2", "europe-west2", "europe-west6", "europe-west10", "europe-west12"),
    *("africa-south1", "asia-east2", "asia-northeast3", "asia-south1", "asia-south2", "asia-southeast1"),
    *("asia-southeast2", "australia-southeast1", "australia-southeast2", "me-central1", "me-central2"),
    *("northamerica-northeast1", "northamerica-northeast2", "southamerica-east1", "southamerica-west1"),
    *("us-west2", "us-west3", "us-west4"),
)
"""Cloud Run's regions by price: https://cloud.google.com/run/docs/locations."""
TIER_2 = Decimal("1.4")
"""How many times the price of tier 1 processors and memory cost in tier 2: https://cloud.google.com/run/pricing."""
IDLE_CPU, IDLE_MEMORY = Decimal("0.0000025"), Decimal("0.0000025")
BUSY_CPU, BUSY_MEMORY = Decimal("0.000018"), Decimal("0.000002")
"""USD a second of a vCPU and of a GiB: idle with processor on request, and always allocated.

https://cloud.google.com/run/pricing, tier 1, 2025-06-30.
"""


def beanstalk(inputs: Mapping[str, Any], region: str) -> Decimal | None:
    """The month of an environment with the least machines that its settings allow; None if they cannot be read."""
    settings = inputs.get("settings") or []
    if not isinstance(settings, list) or not all(isinstance(one, Mapping) and is_readable(one) for one in settings):
        return None
    options = {(one.get("namespace"), one.get("name")): str(one.get("value")) for one in settings}
    kinds = (("aws:ec2:instances", "InstanceTypes"), ("aws:autoscaling:launchconfiguration", "InstanceType"))
    machine = next((options[kind].split(",")[0].strip() for kind in kinds if kind in options), "t3.micro")
    hourly = MACHINES.get(region, MACHINES[DEAREST]).get(machine)
    balanced = options.get(("aws:elasticbeanstalk:environment", "EnvironmentType"), "LoadBalanced") != "SingleInstance"
    least = options.get(("aws:autoscaling:asg", "MinSize"), "1") if balanced else "1"
    if hourly is None or not least.isdigit():
        return None
    each = Decimal(hourly) * HOURS + DISK + ADDRESS
    return int(least) * each + (BALANCER if balanced else 0)


def cloud_run(inputs: Mapping[str, Any], region: str) -> Decimal | None:
    """The month of the instances that a service keeps although no request comes; None if their number is not known."""
    paths = ("template.scaling.minInstanceCount", "scaling.minInstanceCount")
    counts = [value_at(inputs, path) for path in paths]
    if not all(is_readable(count) for count in counts):
        return None
    number = max((int(count) for count in counts if isinstance(count, int | float)), default=0)
    limits = value_at(inputs, "template.containers.resources.limits")
    limits = limits if isinstance(limits, Mapping) else {}
    cpu, memory = _cpus(str(limits.get("cpu", "1"))), _gibibytes(str(limits.get("memory", "512Mi")))
    idle = value_at(inputs, "template.containers.resources.cpuIdle") is not False
    rates = (IDLE_CPU, IDLE_MEMORY) if idle else (BUSY_CPU, BUSY_MEMORY)
    factor = TIER_2 if region and region not in RUN_TIER_1 else 1
    return number * (cpu * rates[0] + memory * rates[1]) * factor * HOURS * 3600


SQL_MACHINES: Mapping[str, str] = {"db-f1-micro": "0.0105", "db-g1-small": "0.035"}
"""Cloud SQL's machines of the edition Enterprise → USD an hour. https://cloud.google.com/sql/pricing, 2025-06-30."""
SQL_DISK = Decimal("0.17")
"""A GB of SSD a month."""


def cloud_sql(inputs: Mapping[str, Any], region: str) -> Decimal | None:
    """The month of an instance with its disk; None for a machine that the table lacks."""
    del region  # one price for the regions of tier 1
    tier, disk = value_at(inputs, "settings.tier"), value_at(inputs, "settings.diskSize")
    if not isinstance(tier, str) or tier not in SQL_MACHINES:
        return None
    size = disk if isinstance(disk, int | float) else 10
    number = 2 if value_at(inputs, "settings.availabilityType") == "REGIONAL" else 1
    return number * (Decimal(SQL_MACHINES[tier]) * HOURS + SQL_DISK * Decimal(str(size)))


def _cpus(text: str) -> Decimal:
    """Processors of Kubernetes' quantity: ``1``, ``500m``."""
    return Decimal(text[:-1]) / 1000 if text.endswith("m") else Decimal(text)


def _gibibytes(text: str) -> Decimal:
    """GiB of Kubernetes' quantity: ``512Mi``, ``2Gi``."""
    units = {"Ki": 2**10, "Mi": 2**20, "Gi": 2**30, "k": 10**3, "M": 10**6, "G": 10**9}
    for unit, size in units.items():
        if text.endswith(unit):
            return Decimal(text.removesuffix(unit)) * size / 2**30
    return Decimal(text) / 2**30
