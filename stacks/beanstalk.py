"""What a stack puts on Elastic Beanstalk."""

import hashlib
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

import pulumi

from slipway.bundle import Artifact
from slipway.bundle.changes import artifact_output
from slipway.catalog.regions import partition_of
from slipway.wire.outputs import BeanstalkOutput
from stacks.artifacts import artifact_of
from stacks.buckets import sealed_and, variables_of
from stacks.declared import resolved
from stacks.domain_outputs import domain_output
from stacks.grants import granted_variables, rights
from stacks.model import Aws, Settings
from stacks.pins import pin_output, with_checked_pin
from stacks.platforms import BeanstalkApp
from stacks.previous_outputs import PreviousOutputs
from stacks.settings import python_for
from stacks.tables import BEANSTALK_STACKS

if TYPE_CHECKING:
    from components.aws.bucket import PrivateS3Bucket


def bundles_of(settings: Settings) -> dict[str, Artifact]:
    """The source bundles of its apps. Raises BundleError."""
    return {
        name: artifact_of(settings, name, app) for name, app in settings.apps.items() if isinstance(app, BeanstalkApp)
    }


def on_beanstalk(
    settings: Settings,
    aws: Aws,
    previous: PreviousOutputs,
    bundles: Mapping[str, Artifact],
    buckets: "Mapping[str, PrivateS3Bucket]",
) -> dict[str, BeanstalkOutput]:
    """Declare the apps with their ``bundles``; the output ``apps``, as far as it is about them."""
    if not bundles:
        return {}
    from components.aws import beanstalk_app, beanstalk_settings, bucket

    ephemeral = settings.policy.ephemeral
    # A bucket is called after its stack, so that the pipeline of another environment has no right to it.
    sources = bucket.PrivateS3Bucket(
        f"{pulumi.get_project()}-{settings.stack}-bundles",
        bucket.PrivateS3BucketArgs(labels=settings.labels, ephemeral=ephemeral),
        pulumi.ResourceOptions(aliases=[pulumi.Alias(name="beanstalk-bundles")]),
    )
    outputs: dict[str, BeanstalkOutput] = {}
    for name, app in settings.apps.items():
        if not isinstance(app, BeanstalkApp):
            continue
        earlier = previous.digests.get(name, {})
        app = with_checked_pin(name, app, earlier, deployed=bool(earlier))
        app_bucket = buckets.get(name)
        granted = granted_variables(settings, app, buckets)
        fingerprint = settings.fingerprints.get(name, "")
        python, whole = python_for(settings, name, app), f"{pulumi.get_project()}-{settings.stack}-{name}"
        environment = beanstalk_app.environment_name(whole, python)
        component = beanstalk_app.BeanstalkApp(
            name,
            beanstalk_app.BeanstalkAppArgs(
                application_name=whole,
                environment_name=environment,
                artifact=bundles[name],
                solution_stack=app.solution_stack or solution_stack(settings, python),
                bucket=sources,
                app_bucket=app_bucket,
                grants=rights(settings, aws, app, buckets),
                machines=beanstalk_settings.Machines(
                    instance_type=app.instance_type,
                    load_balanced=app.load_balanced,
                    min_instances=app.min_instances,
                    max_instances=app.max_instances,
                    health_path=app.health_path,
                    log_retention_days=settings.policy.log_retention_days,
                    ephemeral=ephemeral,
                    env={**app.env, **variables_of(app, app_bucket), **granted},
                    fingerprint=hashlib.sha256(fingerprint.encode()).hexdigest()[:12] if fingerprint else "",
                ),
                sealed=sealed_and(settings, name, {}),
                previous=earlier,
                keep=app.keep_versions or settings.policy.keep_versions,
                serve=app.serve,
                permissions_boundary=aws.permissions_boundary,
                partition=partition_of(aws.region),
                domain=app.domain or "",
                domain_awaited=settings.environment != "sandbox" and app.domain != previous.domains.get(name),
                labels=settings.labels,
                ephemeral=ephemeral,
            ),
        )
        outputs[name] = {
            "platform": app.title,
            "resource": environment,
            "region": aws.region,
            "url": resolved(component.url),
            **artifact_output(bundles[name]),
            "artifact_url": resolved(component.artifact_url),
            "probe": app.probed,
            "versions": list(component.kept),
            "digests": component.kept,
            "traffic": {component.serves: 100},
            **pin_output(app),
            "log_group": f"/aws/elasticbeanstalk/{environment}/var/log/web.stdout.log",
            **domain_output(app.domain, component.records),
        }
    return outputs


def solution_stack(settings: Settings, python: str) -> pulumi.Input[str]:
    """The version of Beanstalk's platform that a new environment of a Python begins with.

    AWS is asked for the newest one, because it lets new accounts create environments of no other for long. The sandbox
    takes the version in the table, of the newest Python there is if Beanstalk has no platform of this machine's.
    """
    if settings.environment == "sandbox":
        return BEANSTALK_STACKS.get(python) or BEANSTALK_STACKS[max(BEANSTALK_STACKS)]
    from pulumi_aws import elasticbeanstalk

    newest = elasticbeanstalk.get_solution_stack_output(
        most_recent=True, name_regex=rf"^64bit Amazon Linux 2023 v4\.[0-9.]+ running Python {re.escape(python)}$"
    )
    return newest.name
