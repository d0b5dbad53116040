"""Logs, container registries and Elastic Beanstalk."""

from collections.abc import Iterator

from policy.model import Context, Resource, rule
from policy.values import UNKNOWN, at, fault, items, readable

HEALTH = ("aws:elasticbeanstalk:healthreporting:system", "SystemType")
UPDATES = ("aws:elasticbeanstalk:managedactions", "ManagedActionsEnabled")


@rule(
    "aws-log-retention",
    source="Checkov CKV_AWS_66",
    remedy="Set retention_in_days.",
    types=("aws:cloudwatch/logGroup:LogGroup",),
)
def log_retention(group: Resource, context: Context) -> Iterator[str]:
    """Log groups say how long they keep.

    Kept forever, logs cost forever, with whatever they hold of people.

    Logs end some day; 0 and nothing both mean never.
    """
    value = group.get("retentionInDays")
    if value is None or value == 0:
        yield fault("retentionInDays", value, "a number of days (1, 3, 5, 7, 14, 30, 60, 90, …)")


@rule(
    "aws-ecr-immutable",
    source="Checkov CKV_AWS_51",
    remedy="Set image_tag_mutability to IMMUTABLE and tag by content.",
    types=("aws:ecr/repository:Repository",),
)
def immutable(repository: Resource, context: Context) -> Iterator[str]:
    """Image tags do not move.

    A tag that moves makes the same declaration mean another image.

    A tag names one image forever.
    """
    value = repository.get("imageTagMutability")
    if readable(value) and value not in ("IMMUTABLE", "IMMUTABLE_WITH_EXCLUSION"):
        yield fault("imageTagMutability", value, "'IMMUTABLE'")


@rule(
    "aws-ecr-scanned",
    source="Checkov CKV_AWS_163",
    remedy="Set image_scanning_configuration.scan_on_push to true.",
    types=("aws:ecr/repository:Repository",),
)
def scanned(repository: Resource, context: Context) -> Iterator[str]:
    """Images are scanned on push.

    Known faults of base images are found before they run.

    Every pushed image is looked through for known faults.
    """
    value = repository.get("imageScanningConfiguration.scanOnPush")
    if readable(value) and value is not True:
        yield fault("imageScanningConfiguration.scanOnPush", value, "true")


@rule(
    "aws-beanstalk-enhanced-health",
    source="Checkov CKV_AWS_312",
    remedy="Set SystemType to enhanced in aws:elasticbeanstalk:healthreporting:system.",
    types=("aws:elasticbeanstalk/environment:Environment",),
)
def enhanced_health(environment: Resource, context: Context) -> Iterator[str]:
    """Beanstalk reports enhanced health.

    Basic health sees a hung application as healthy.

    Health is told by what instances answer, not only by their being up.
    """
    value = option_of(environment, *HEALTH)
    if readable(value) and value != "enhanced":
        yield fault(" ".join(HEALTH), value, "'enhanced'")


@rule(
    "aws-beanstalk-managed-updates",
    source="Checkov CKV_AWS_340",
    remedy="Set ManagedActionsEnabled to true, with PreferredStartTime and UpdateLevel.",
    types=("aws:elasticbeanstalk/environment:Environment",),
)
def managed_updates(environment: Resource, context: Context) -> Iterator[str]:
    """Beanstalk updates its platform.

    An environment without updates runs on unpatched machines.

    The platform's patches are applied by themselves.
    """
    value = option_of(environment, *UPDATES)
    if readable(value) and str(value).lower() != "true":
        yield fault(" ".join(UPDATES), value, "'true'")


def option_of(environment: Resource, namespace: str, name: str) -> object:
    """The last value of an option, as Beanstalk takes it; unknown while any of the settings could be it."""
    value: object = None
    settings = environment.get("settings")
    if not readable(settings):
        return settings
    for setting in items(settings):
        option = tuple(at(setting, key) for key in ("namespace", "name"))
        if not all(readable(part) for part in option):
            value = UNKNOWN
        elif option == (namespace, name):
            value = at(setting, "value")
    return value


RULES = (
    log_retention,
    immutable,
    scanned,
    enhanced_health,
    managed_updates,
)
