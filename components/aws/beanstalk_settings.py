"""An Elastic Beanstalk environment's option settings: in one order, each once, so that the same program says the same.

Beanstalk gives them back in an order of its own, and a list in another order is a change to the engine: every `up`
would update the environment. Options: https://docs.aws.amazon.com/elasticbeanstalk/latest/dg/command-options.html.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

import pulumi
from pulumi_aws.elasticbeanstalk import EnvironmentSettingArgsDict

Option: TypeAlias = tuple[str, str, pulumi.Input[str]]
"""Namespace, name and value."""

ASG = "aws:autoscaling:asg"
COMMAND = "aws:elasticbeanstalk:command"
ENVIRONMENT = "aws:elasticbeanstalk:environment"
HEALTH = "aws:elasticbeanstalk:healthreporting:system"
LAUNCH = "aws:autoscaling:launchconfiguration"
LOGS = "aws:elasticbeanstalk:cloudwatch:logs"
MANAGED = "aws:elasticbeanstalk:managedactions"
SECURE = "aws:elbv2:listener:443"
VARIABLES = "aws:elasticbeanstalk:application:environment"
SECRETS = "aws:elasticbeanstalk:application:environmentsecrets"
"""Variables whose values are ARNs of secrets, which an instance reads when it starts:
https://docs.aws.amazon.com/elasticbeanstalk/latest/dg/AWSHowTo.secrets.env-vars.html."""
FINGERPRINT = "SLIPWAY_SEALED"
"""A variable that changes with what is sealed: Beanstalk does not see that a secret has another value."""


@dataclass(frozen=True, kw_only=True)
class Machines:
    """What an environment runs on."""

    instance_type: str = "t3.micro"
    load_balanced: bool = False
    """Behind an Application Load Balancer, with as many instances as are needed; otherwise one, with an address."""
    min_instances: int = 1
    max_instances: int = 1
    """The ceiling on instances, and so on the bill."""
    health_path: str = "/"
    """What a load balancer asks to know that an instance serves."""
    update_window: str = "Sun:03:00"
    """When the platform's patches may be applied (day and time, UTC)."""
    log_retention_days: int = 30
    ephemeral: bool = False
    """Whether the environment's logs go with it."""
    env: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)
    secrets: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)
    """The ARNs of the secrets that hold sealed variables, by variable."""
    fingerprint: str = ""
    """Of the sealed variables: another one starts new instances, which read them anew."""
    certificate: pulumi.Input[str] = ""
    """The ARN of a certificate, with which the load balancer answers at port 443 too; "" for none."""

    def __post_init__(self) -> None:
        if not 1 <= self.min_instances <= self.max_instances:
            raise ValueError(
                f"min_instances must be 1 to max_instances, got {self.min_instances} and {self.max_instances}"
            )
        if not self.load_balanced and self.max_instances != 1:
            raise ValueError(
                f"several instances need a load balancer: set load_balanced, got max_instances {self.max_instances}"
            )


def of_machines(
    machines: Machines, *, profile: pulumi.Input[str], service_role: pulumi.Input[str]
) -> list[EnvironmentSettingArgsDict]:
    """All settings of an environment, sorted."""
    options: list[Option] = [
        (ASG, "MinSize", str(machines.min_instances)),
        (ASG, "MaxSize", str(machines.max_instances)),
        ("aws:ec2:instances", "InstanceTypes", machines.instance_type),
        # Either of the two makes Beanstalk use launch templates: new accounts have no launch configurations.
        (LAUNCH, "DisableIMDSv1", "true"),
        (LAUNCH, "RootVolumeType", "gp3"),
        # There is no default profile any more: without one the environment does not launch.
        (LAUNCH, "IamInstanceProfile", profile),
        (ENVIRONMENT, "EnvironmentType", "LoadBalanced" if machines.load_balanced else "SingleInstance"),
        (ENVIRONMENT, "ServiceRole", service_role),
        (HEALTH, "SystemType", "enhanced"),
        (MANAGED, "ManagedActionsEnabled", "true"),
        (MANAGED, "PreferredStartTime", machines.update_window),
        (f"{MANAGED}:platformupdate", "UpdateLevel", "minor"),
        # New instances beside the old ones: a version that does not start takes nothing down.
        (COMMAND, "DeploymentPolicy", "Immutable"),
        (LOGS, "StreamLogs", "true"),
        (LOGS, "RetentionInDays", str(machines.log_retention_days)),
        (LOGS, "DeleteOnTerminate", "true" if machines.ephemeral else "false"),
        *((VARIABLES, name, value) for name, value in machines.env.items()),
        *((SECRETS, name, arn) for name, arn in machines.secrets.items()),
        *([(VARIABLES, FINGERPRINT, machines.fingerprint)] if machines.fingerprint else []),
    ]
    if machines.load_balanced:
        options += [
            (ENVIRONMENT, "LoadBalancerType", "application"),
            *(_with(machines.certificate) if machines.certificate else ()),
            ("aws:elasticbeanstalk:environment:process:default", "HealthCheckPath", machines.health_path),
        ]
    return in_order(options)


def _with(certificate: pulumi.Input[str]) -> list[Option]:
    """https://docs.aws.amazon.com/elasticbeanstalk/latest/dg/configuring-https-elb.html."""
    return [
        (SECURE, "ListenerEnabled", "true"),
        (SECURE, "Protocol", "HTTPS"),
        (SECURE, "SSLCertificateArns", certificate),
        # TLS 1.2 and 1.3: https://docs.aws.amazon.com/elasticloadbalancing/latest/application/describe-ssl-policies.html
        (SECURE, "SSLPolicy", "ELBSecurityPolicy-TLS13-1-2-2021-06"),
    ]


def in_order(options: Iterable[Option]) -> list[EnvironmentSettingArgsDict]:
    """As the provider takes them, sorted by namespace and name; of several of one name the last counts."""
    values = {(namespace, name): value for namespace, name, value in options}
    return [{"namespace": of[0], "name": of[1], "value": values[of]} for of in sorted(values)]
