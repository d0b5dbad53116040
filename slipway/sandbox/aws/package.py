"""What the provider host serves as the package ``aws``."""

from importlib.metadata import version

from slipway.sandbox.aws import (
    beanstalk,
    beanstalk_environments,
    bucket_notifications,
    budgets,
    cloudwatch,
    ecr,
    event_sources,
    iam,
    instance_profiles,
    lambda_aliases,
    lambda_calls,
    lambda_functions,
    lambda_invocations,
    lambda_permissions,
    lambda_urls,
    logs,
    network_invokes,
    queues,
    recorded,
    s3,
    s3_settings,
    schedules,
    tags,
)
from slipway.sandbox.aws.clients import connect
from slipway.sandbox.aws.emulated import TABLE, domains
from slipway.sandbox.aws.invokes import INVOKES
from slipway.sandbox.handler import Package

PACKAGE = Package(
    name="aws",
    version=version("pulumi-aws"),
    handlers={
        **iam.HANDLERS,
        **instance_profiles.HANDLERS,
        **logs.HANDLERS,
        **lambda_functions.HANDLERS,
        **lambda_aliases.HANDLERS,
        **lambda_urls.HANDLERS,
        **lambda_permissions.HANDLERS,
        **cloudwatch.HANDLERS,
        **ecr.HANDLERS,
        **s3.HANDLERS,
        **s3_settings.HANDLERS,
        **schedules.HANDLERS,
        **queues.HANDLERS,
        **event_sources.HANDLERS,
        **lambda_calls.HANDLERS,
        **lambda_invocations.HANDLERS,
        **bucket_notifications.HANDLERS,
        **budgets.HANDLERS,
        **beanstalk.HANDLERS,
        **beanstalk_environments.HANDLERS,
        **recorded.HANDLERS,
        **{row.type: row.handler() for row in TABLE},
        **domains.HANDLERS,
    },
    connect=connect,
    settled=frozenset({"region"}),
    merge=tags.merge,
    derive=tags.derive,
    invokes={**INVOKES, **network_invokes.INVOKES},
)
