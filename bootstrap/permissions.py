"""What pipelines may do, by name: roles on Google Cloud, statements on AWS.

Nothing here ends in a star: what a component begins to use is added here, and seen in the review of that change.
"""

from collections.abc import Sequence
from typing import Any

import pulumi

from slipway.catalog.permissions import AWS, GCP, needed

Statement = dict[str, Any]

MAKES_PROJECTS = ("roles/resourcemanager.projectCreator",)
"""In a folder. Who makes a project owns it; other projects of the folder stay closed."""

PAYS = ("roles/billing.user", "roles/billing.costsManager")
"""On a billing account: links projects, keeps budgets."""

READS = (
    "roles/browser",
    "roles/appengine.appViewer",
    "roles/artifactregistry.reader",
    "roles/cloudscheduler.viewer",
    "roles/iam.securityReviewer",
    "roles/monitoring.viewer",
    "roles/serviceusage.serviceUsageViewer",
    "roles/storage.objectViewer",
)
"""In a folder or project: what a preview compares with."""

DEPLOYS = needed(GCP, write=True)
"""In an existing project: what the components create there, as a role of our own."""

MACHINES = {
    "autoscaling": (
        "DescribeAutoScalingGroups DescribePolicies DescribeScalingActivities",
        "CreateAutoScalingGroup CreateOrUpdateTags",
        "DeleteAutoScalingGroup DeletePolicy PutNotificationConfiguration PutScalingPolicy ResumeProcesses "
        "SuspendProcesses UpdateAutoScalingGroup",
    ),
    "ec2": (
        "DescribeAccountAttributes DescribeAddresses DescribeImages DescribeInstances DescribeInstanceTypes "
        "DescribeKeyPairs DescribeLaunchTemplates DescribeLaunchTemplateVersions DescribeSecurityGroups "
        "DescribeSubnets DescribeVpcs",
        "AllocateAddress CreateLaunchTemplate CreateSecurityGroup CreateTags RunInstances",
        "AssociateAddress AuthorizeSecurityGroupIngress CreateLaunchTemplateVersion DeleteLaunchTemplate "
        "DeleteSecurityGroup DisassociateAddress ReleaseAddress RevokeSecurityGroupIngress TerminateInstances",
    ),
    "elasticloadbalancing": (
        "DescribeListeners DescribeLoadBalancers DescribeTargetGroups DescribeTargetHealth",
        "AddTags CreateListener CreateLoadBalancer CreateTargetGroup",
        "DeleteListener DeleteLoadBalancer DeleteTargetGroup ModifyLoadBalancerAttributes ModifyTargetGroup "
        "ModifyTargetGroupAttributes RegisterTargets",
    ),
}
"""What Beanstalk does to machines, with the rights of the one who creates an environment: looks, creates, changes.

https://docs.aws.amazon.com/elasticbeanstalk/latest/dg/AWSHowTo.iam.managed-policies.html. Beanstalk labels all of it
with the environment's name.
"""
OF_BEANSTALK = "elasticbeanstalk:environment-name"
STACKS = (
    "CancelUpdateStack CreateStack DeleteStack DescribeStackEvents DescribeStackResource DescribeStackResources "
    "DescribeStacks GetTemplate ListStackResources UpdateStack"
)
PASSED_TO = (
    "ec2.amazonaws.com", "elasticbeanstalk.amazonaws.com", "lambda.amazonaws.com", "scheduler.amazonaws.com",
)  # fmt: skip
"""The services that the components' roles are for."""
EVERYWHERE = ("ecr:GetAuthorizationToken", "logs:DescribeLogGroups", "sts:GetCallerIdentity")
"""Actions that AWS allows on everything or on nothing."""
PLATFORMS = "elasticbeanstalk:ListAvailableSolutionStacks"
"""To find the newest platform; it is about Amazon's platforms, not about the account's environments."""


def deploys(account: str, name: str, environments: Sequence[str]) -> list[Statement]:
    """What a deployer may do: to names that begin with ``name``, and to roles labelled with its ``environments``."""
    labelled = {"aws:ResourceTag/environment": list(environments)}
    condition = {"aws:RequestTag/environment": list(environments)}
    roles = (f"arn:aws:iam::{account}:role/*", f"arn:aws:iam::{account}:instance-profile/*")
    passed = {"iam:PassedToService": list(PASSED_TO)}
    another = {"StringNotEquals": labelled, "Null": {"aws:ResourceTag/environment": "false"}}
    created = ("iam:CreateInstanceProfile", "iam:CreateRole", "iam:TagInstanceProfile", "iam:TagRole")
    changed = [action for action in _actions("iam", write=True) if action not in (*created, "iam:PassRole")]
    return [
        *_named(account, name, write=True),
        {**_may(created, roles), "Condition": {"StringEquals": condition}},
        # Or another environment's role could be labelled as one of these, and then changed.
        {**_may(("iam:TagRole", "iam:TagInstanceProfile"), roles), "Effect": "Deny", "Condition": another},
        {**_may(changed, roles), "Condition": {"StringEquals": labelled}},
        {**_may(("iam:PassRole",), roles[:1]), "Condition": {"StringEquals": {**labelled, **passed}}},
        _may(EVERYWHERE, ("*",)),
        *_machines(account, name),
        _may(
            [f"cloudformation:{action}" for action in STACKS.split()],
            (f"arn:aws:cloudformation:*:{account}:stack/awseb-*",),
        ),
    ]


def _machines(account: str, name: str) -> list[Statement]:
    """What Beanstalk does for the environments that are called after the stack."""
    statements: list[Statement] = []
    for service, (looks, creates, changes) in MACHINES.items():
        everything = (f"arn:aws:{service}:*:{account}:*",)
        statements += [
            _may([f"{service}:{action}" for action in looks.split()], ("*",)),
            {
                **_may([f"{service}:{action}" for action in creates.split()], everything),
                "Condition": {"StringLike": {f"aws:RequestTag/{OF_BEANSTALK}": f"{name}*"}},
            },
            {
                **_may([f"{service}:{action}" for action in changes.split()], everything),
                "Condition": {"StringLike": {f"aws:ResourceTag/{OF_BEANSTALK}": f"{name}*"}},
            },
        ]
    return statements


def reads(account: str, name: str, environments: Sequence[str]) -> list[Statement]:
    """What a previewer may do: look at what a deployer of the same names may change, and no more."""
    labelled = {"aws:ResourceTag/environment": list(environments)}
    return [
        *_named(account, name, write=False),
        {
            **_may(
                _actions("iam", write=False),
                (f"arn:aws:iam::{account}:role/*", f"arn:aws:iam::{account}:instance-profile/*"),
            ),
            "Condition": {"StringEquals": labelled},
        },
        _may([action for action in EVERYWHERE if not action.startswith("ecr:")], ("*",)),
    ]


def states(bucket: pulumi.Output[str], key: pulumi.Output[str], *, write: bool) -> list[Statement]:
    """What the states in a bucket (its ARN) and the key that seals them (its ARN) ask for."""
    objects = ("s3:DeleteObject", "s3:GetObject", "s3:PutObject") if write else ("s3:GetObject",)
    sealing = ("kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey") if write else ("kms:Decrypt",)
    return [
        _may(("s3:ListBucket",), (bucket,)),
        _may(objects, (pulumi.Output.concat(bucket, "/*"),)),
        _may(sealing, (key,)),
    ]


def _named(account: str, name: str, *, write: bool) -> list[Statement]:
    """The actions of each service, on the ARNs that are called after the stack."""
    arns: dict[str, Sequence[str]] = {
        "lambda": (f"arn:aws:lambda:*:{account}:function:{name}*",),
        "scheduler": (f"arn:aws:scheduler:*:{account}:schedule/default/{name}*",),
        "logs": tuple(f"arn:aws:logs:*:{account}:log-group:/aws/{of}/{name}*" for of in ("lambda", "elasticbeanstalk")),
        "cloudwatch": (
            f"arn:aws:cloudwatch:*:{account}:alarm:{name}*",
            f"arn:aws:cloudwatch::{account}:dashboard/{name}*",
        ),
        "ecr": (f"arn:aws:ecr:*:{account}:repository/{name}*",),
        "s3": (f"arn:aws:s3:::{name}*", f"arn:aws:s3:::{name}*/*"),
        "budgets": (f"arn:aws:budgets::{account}:budget/{name}*",),
        "elasticbeanstalk": (
            f"arn:aws:elasticbeanstalk:*:{account}:application/{name}*",
            f"arn:aws:elasticbeanstalk:*:{account}:applicationversion/{name}*",
            f"arn:aws:elasticbeanstalk:*:{account}:environment/{name}*",
        ),
    }
    return [
        *(_may(_actions(service, write=write), resources) for service, resources in arns.items()),
        _may((PLATFORMS,), ("arn:aws:elasticbeanstalk:*::solutionstack/64bit Amazon Linux 2023*",)),
    ]


def _actions(service: str, *, write: bool) -> list[str]:
    """The actions of one service that the catalog's types need, less those of no resource."""
    of_service = (action for action in needed(AWS, write=write) if action.startswith(f"{service}:"))
    return [action for action in of_service if action not in (*EVERYWHERE, PLATFORMS)]


def _may(actions: Sequence[str], resources: Sequence[Any]) -> Statement:
    return {"Effect": "Allow", "Action": list(actions), "Resource": list(resources)}
