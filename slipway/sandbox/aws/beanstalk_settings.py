"""An environment's option settings: what they come to, and what Beanstalk refuses in them. Pure."""

import re
from collections.abc import Mapping
from typing import Any, TypeAlias

from slipway.sandbox.handler import Props

Options: TypeAlias = Mapping[tuple[str, str], str]
"""Value by namespace and name."""

ASG = "aws:autoscaling:asg"
ENVIRONMENT = "aws:elasticbeanstalk:environment"
HEALTH = "aws:elasticbeanstalk:healthreporting:system"
LAUNCH = "aws:autoscaling:launchconfiguration"
MANAGED = "aws:elasticbeanstalk:managedactions"
PROPERTIES = "aws:elasticbeanstalk:application:environment"
SECRETS = "aws:elasticbeanstalk:application:environmentsecrets"
SECURE = "aws:elbv2:listener:443"
PYTHON = "aws:elasticbeanstalk:container:python"

ALLOWED: Mapping[tuple[str, str], tuple[str, ...]] = {
    (ENVIRONMENT, "EnvironmentType"): ("SingleInstance", "LoadBalanced"),
    (ENVIRONMENT, "LoadBalancerType"): ("classic", "application", "network"),
    (HEALTH, "SystemType"): ("basic", "enhanced"),
    (MANAGED, "ManagedActionsEnabled"): ("true", "false"),
    (f"{MANAGED}:platformupdate", "UpdateLevel"): ("patch", "minor"),
    ("aws:elasticbeanstalk:command", "DeploymentPolicy"): (
        *("AllAtOnce", "Rolling", "RollingWithAdditionalBatch", "Immutable", "TrafficSplitting"),
    ),
}
"""Values: https://docs.aws.amazon.com/elasticbeanstalk/latest/dg/command-options-general.html."""
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{2,38}[A-Za-z0-9]")
STACK = re.compile(r"64bit Amazon Linux 2023 v4\.\d+\.\d+ running Python (3\.(?:9|11|12|13))")
"""https://docs.aws.amazon.com/elasticbeanstalk/latest/platforms/platforms-supported.html: a version a month or so."""


def check(new: Props) -> dict[str, str]:
    """What is wrong with an environment's inputs."""
    wrong: dict[str, str] = {}
    name = new.get("name")
    if name is not None and not NAME.fullmatch(name):
        wrong["name"] = (
            f"an environment's name has 4 to 40 letters, digits and hyphens, no hyphen first or last, got {name!r}"
        )
    wrong |= {
        key: f"the sandbox runs environments of a solutionStackName, it does not serve {key}"
        for key in ("templateName", "platformArn")
        if new.get(key)
    }
    if new.get("tier", "WebServer") != "WebServer":
        wrong["tier"] = f"the sandbox runs web servers: expected tier to be WebServer, got {new['tier']}"
    prefix = new.get("cnamePrefix")
    if prefix is not None and not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9-]{2,61}[A-Za-z0-9]", prefix):
        wrong["cnamePrefix"] = f"expected 4 to 63 letters, digits and hyphens, no hyphen first or last, got {prefix!r}"
    if problem := _settings(new.get("settings") or ()):
        wrong["settings"] = problem
    return wrong


def options(inputs: Props) -> Options:
    """The settings by namespace and name; the values are text."""
    return {(one["namespace"], one["name"]): str(one.get("value", "")) for one in inputs.get("settings") or ()}


def properties(options: Options) -> dict[str, str]:
    """The environment variables among the settings."""
    return {name: value for (namespace, name), value in options.items() if namespace == PROPERTIES}


def secrets(options: Options) -> dict[str, str]:
    """The environment variables among the settings that are read from secrets: the secrets' ARNs."""
    return {name: arn for (namespace, name), arn in options.items() if namespace == SECRETS}


def _settings(settings: Any) -> str:  # noqa: ANN401 - what the program gave
    """Beanstalk's configuration validation; "" where nothing is wrong."""
    visited: set[tuple[Any, ...]] = set()
    for one in settings:
        namespace, name, value = one.get("namespace"), one.get("name"), one.get("value")
        if namespace is None or name is None:
            continue
        key = (namespace, name, one.get("resource"))
        if key in visited:
            return (
                f"Configuration validation exception: Unknown or duplicate parameter: {name} (Namespace: '{namespace}')"
            )
        visited.add(key)
        allowed = ALLOWED.get((namespace, name))
        if allowed and isinstance(value, str) and value not in allowed:
            return (
                f"Configuration validation exception: Invalid option value: '{value}' (Namespace: '{namespace}', "
                f"OptionName: '{name}'): Value is not one of the allowed values: [{', '.join(allowed)}]"
            )
    return _sizes({(s.get("namespace"), s.get("name")): s.get("value") for s in settings})


def _sizes(options: Mapping[tuple[Any, Any], Any]) -> str:
    least, most = (options.get((ASG, name)) for name in ("MinSize", "MaxSize"))
    numbers = all(isinstance(size, str) and size.isdecimal() for size in (least, most))
    if numbers and int(str(least)) > int(str(most)):
        return (
            f"Configuration validation exception: Invalid option value: '{least}' (Namespace: '{ASG}', "
            f"OptionName: 'MinSize'): MinSize is greater than MaxSize"
        )
    return ""
