"""What pipelines may do, by name: roles on Google Cloud, statements on AWS.

Nothing here ends in a star: what a component begins to use is added here, and seen in the review of that change.
"""

from collections.abc import Sequence
from typing import Any

import pulumi

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

DEPLOYS = (
    *(f"appengine.{what}" for what in ("applications.get", "applications.create", "operations.get", "services.get")),
    *(f"appengine.services.{verb}" for verb in ("list", "update", "delete")),
    *(f"appengine.versions.{verb}" for verb in ("create", "delete", "get", "list", "update")),
    *(f"artifactregistry.repositories.{verb}" for verb in ("create", "delete", "get", "list", "update")),
    *(f"cloudbuild.builds.{verb}" for verb in ("create", "get", "list")),
    *(f"cloudscheduler.jobs.{verb}" for verb in ("create", "delete", "get", "list", "run", "update")),
    *(f"iam.serviceAccounts.{verb}" for verb in ("actAs", "create", "delete", "get", "list", "update")),
    *(f"monitoring.notificationChannels.{verb}" for verb in ("create", "delete", "get", "list", "update")),
    *(f"resourcemanager.projects.{verb}" for verb in ("get", "getIamPolicy", "setIamPolicy")),
    *(f"serviceusage.services.{verb}" for verb in ("enable", "get", "list", "use")),
    *(f"storage.buckets.{verb}" for verb in ("create", "delete", "get", "getIamPolicy", "setIamPolicy", "update")),
    *(f"storage.objects.{verb}" for verb in ("create", "delete", "get", "list", "update")),
)
"""In an existing project: what the components create there, as a role of our own."""

LAMBDA = (
    *("AddPermission", "CreateAlias", "CreateFunction", "CreateFunctionUrlConfig", "DeleteAlias", "DeleteFunction"),
    *(
        "DeleteFunctionConcurrency",
        "DeleteFunctionUrlConfig",
        "GetAlias",
        "GetFunction",
        "GetFunctionCodeSigningConfig",
    ),
    *("GetFunctionConcurrency", "GetFunctionConfiguration", "GetFunctionUrlConfig", "GetPolicy", "ListTags"),
    *("ListVersionsByFunction", "PublishVersion", "PutFunctionConcurrency", "RemovePermission", "TagResource"),
    *("UntagResource", "UpdateAlias", "UpdateFunctionCode", "UpdateFunctionConfiguration", "UpdateFunctionUrlConfig"),
)
LOGS = ("CreateLogGroup", "DeleteLogGroup", "DeleteRetentionPolicy", "ListTagsForResource", "PutRetentionPolicy",
        "TagResource", "UntagResource")  # fmt: skip
ALARMS = ("DeleteAlarms", "DescribeAlarms", "ListTagsForResource", "PutMetricAlarm", "TagResource", "UntagResource")
ECR = (
    *("CreateRepository", "DeleteLifecyclePolicy", "DeleteRepository", "DescribeRepositories", "GetLifecyclePolicy"),
    *("ListTagsForResource", "PutImageScanningConfiguration", "PutImageTagMutability", "PutLifecyclePolicy"),
    *("TagResource", "UntagResource"),
)
S3 = (
    *("CreateBucket", "DeleteBucket", "DeleteObject", "DeleteObjectVersion", "GetBucketLocation", "GetBucketPolicy"),
    *(
        "GetBucketPublicAccessBlock",
        "GetBucketTagging",
        "GetBucketVersioning",
        "GetEncryptionConfiguration",
        "GetObject",
    ),
    *("ListBucket", "ListBucketVersions", "PutBucketPublicAccessBlock", "PutBucketTagging", "PutBucketVersioning"),
    *("PutEncryptionConfiguration", "PutObject"),
)
SCHEDULES = ("CreateSchedule", "DeleteSchedule", "GetSchedule", "UpdateSchedule")
BUDGETS = ("ListTagsForResource", "ModifyBudget", "TagResource", "UntagResource", "ViewBudget")
ROLES = (
    *("DeleteRole", "DeleteRolePolicy", "GetRole", "GetRolePolicy", "ListAttachedRolePolicies"),
    *("ListInstanceProfilesForRole", "ListRolePolicies", "PutRolePolicy", "TagRole", "UpdateAssumeRolePolicy"),
    *("UpdateRole", "UpdateRoleDescription"),
)

READ_VERBS = ("Describe", "Get", "List", "View")


def deploys(account: str, name: str, environments: Sequence[str]) -> list[Statement]:
    """What a deployer may do: to names that begin with ``name``, and to roles labelled with its ``environments``."""
    labelled = {"aws:ResourceTag/environment": list(environments)}
    asked = {"aws:RequestTag/environment": list(environments)}
    roles = f"arn:aws:iam::{account}:role/*"
    passed = {"iam:PassedToService": ["lambda.amazonaws.com", "scheduler.amazonaws.com"]}
    another = {"StringNotEquals": labelled, "Null": {"aws:ResourceTag/environment": "false"}}
    return [
        *(_may(service, actions, arns) for service, actions, arns in _named(account, name)),
        {**_may("iam", ("CreateRole", "TagRole"), (roles,)), "Condition": {"StringEquals": asked}},
        # Or another environment's role could be labelled as one of these, and then changed.
        {**_may("iam", ("TagRole",), (roles,)), "Effect": "Deny", "Condition": another},
        {**_may("iam", ROLES, (roles,)), "Condition": {"StringEquals": labelled}},
        {**_may("iam", ("PassRole",), (roles,)), "Condition": {"StringEquals": {**labelled, **passed}}},
        _may("logs", ("DescribeLogGroups",), ("*",)),
        _may("sts", ("GetCallerIdentity",), ("*",)),
    ]


def reads(account: str, name: str) -> list[Statement]:
    """What a previewer may do: look at what a deployer may change, and no more."""
    looked = [
        (service, tuple(action for action in actions if action.startswith(READ_VERBS)), arns)
        for service, actions, arns in _named(account, name)
    ]
    roles = tuple(action for action in ROLES if action.startswith(READ_VERBS))
    return [
        *(_may(service, actions, arns) for service, actions, arns in looked),
        _may("iam", roles, (f"arn:aws:iam::{account}:role/*",)),
        _may("logs", ("DescribeLogGroups",), ("*",)),
        _may("sts", ("GetCallerIdentity",), ("*",)),
    ]


def states(bucket: pulumi.Output[str], key: pulumi.Output[str], *, write: bool) -> list[Statement]:
    """What the states in a bucket (its ARN) and the key that seals them (its ARN) ask for."""
    objects = ("DeleteObject", "GetObject", "PutObject") if write else ("GetObject",)
    sealing = ("Decrypt", "Encrypt", "GenerateDataKey") if write else ("Decrypt",)
    return [
        _may("s3", ("ListBucket",), (bucket,)),
        _may("s3", objects, (pulumi.Output.concat(bucket, "/*"),)),
        _may("kms", sealing, (key,)),
    ]


def _named(account: str, name: str) -> list[tuple[str, Sequence[str], tuple[str, ...]]]:
    """Service, actions, and the ARNs of what is called after the stack."""
    return [
        ("lambda", LAMBDA, (f"arn:aws:lambda:*:{account}:function:{name}*",)),
        ("scheduler", SCHEDULES, (f"arn:aws:scheduler:*:{account}:schedule/default/{name}*",)),
        ("logs", LOGS, (f"arn:aws:logs:*:{account}:log-group:/aws/lambda/{name}*",)),
        ("cloudwatch", ALARMS, (f"arn:aws:cloudwatch:*:{account}:alarm:{name}*",)),
        ("ecr", ECR, (f"arn:aws:ecr:*:{account}:repository/{name}*",)),
        # The bucket of large zips is called after its component.
        ("s3", S3, ("arn:aws:s3:::lambda-sources-*", "arn:aws:s3:::lambda-sources-*/*")),
        ("budgets", BUDGETS, (f"arn:aws:budgets::{account}:budget/{name}*",)),
    ]


def _may(service: str, actions: Sequence[str], resources: Sequence[Any]) -> Statement:
    return {"Effect": "Allow", "Action": [f"{service}:{action}" for action in actions], "Resource": list(resources)}
