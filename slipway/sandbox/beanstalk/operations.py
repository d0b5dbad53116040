"""The operations, by their names: what each reads of its parameters, whom it asks, and what it answers."""

from collections.abc import Callable, Mapping

from slipway.catalog.offers import BEANSTALK_STACKS
from slipway.sandbox.aws import beanstalk_instances, tags
from slipway.sandbox.beanstalk.applications import (
    create_application,
    delete_application,
    describe_applications,
    update_application,
    update_lifecycle,
)
from slipway.sandbox.beanstalk.environments import (
    create_environment,
    describe_environments,
    describe_events,
    describe_health,
    describe_resources,
    describe_settings,
    terminate_environment,
    update_environment,
)
from slipway.sandbox.beanstalk.request import Request, Values, by_arn
from slipway.sandbox.beanstalk.versions import create_version, delete_version, describe_versions, update_version

STACKS = tuple(reversed(BEANSTALK_STACKS.values()))


def check_dns(request: Request) -> Values:
    """Whether a prefix is free."""
    prefix = request.values["CNAMEPrefix"]
    taken = any(thing.body.get("cnamePrefix") == prefix for thing in request.things("environment"))
    name = f"{prefix}.{request.aws.region}.{beanstalk_instances.SUFFIX}"
    return {"Available": not taken, "FullyQualifiedCNAME": name}


def list_stacks(_request: Request) -> Values:
    """Python's, which the sandbox runs."""
    details = [{"SolutionStackName": name, "PermittedFileTypes": ["zip"]} for name in STACKS]
    return {"SolutionStacks": list(STACKS), "SolutionStackDetails": details}


def list_tags(request: Request) -> Values:
    """Of an application, a version or an environment, by its ARN."""
    kind, thing = by_arn(request)
    del kind
    return {"ResourceArn": request.values["ResourceArn"], "ResourceTags": tags.listed(thing.body.get("tags") or {})}


def update_tags(request: Request) -> Values:
    """Add some, take some away."""
    kind, thing = by_arn(request)
    with request.store.transaction() as now:
        body = now.get(kind, thing.name) or thing.body
        merged = {**(body.get("tags") or {}), **tags.mapped(request.values.get("TagsToAdd"))}
        for key in request.values.get("TagsToRemove") or ():
            merged.pop(key, None)
        now.put(kind, thing.name, {**body, "tags": merged})
    return {}


OPERATIONS: Mapping[str, Callable[[Request], Values]] = {
    "CheckDNSAvailability": check_dns,
    "CreateApplication": create_application,
    "CreateApplicationVersion": create_version,
    "CreateEnvironment": create_environment,
    "DeleteApplication": delete_application,
    "DeleteApplicationVersion": delete_version,
    "DescribeApplications": describe_applications,
    "DescribeApplicationVersions": describe_versions,
    "DescribeConfigurationSettings": describe_settings,
    "DescribeEnvironmentHealth": describe_health,
    "DescribeEnvironmentResources": describe_resources,
    "DescribeEnvironments": describe_environments,
    "DescribeEvents": describe_events,
    "ListAvailableSolutionStacks": list_stacks,
    "ListTagsForResource": list_tags,
    "TerminateEnvironment": terminate_environment,
    "UpdateApplication": update_application,
    "UpdateApplicationResourceLifecycle": update_lifecycle,
    "UpdateApplicationVersion": update_version,
    "UpdateEnvironment": update_environment,
    "UpdateTagsForResource": update_tags,
}
"""What is served; of every other operation of the model the answer says that it is not."""
