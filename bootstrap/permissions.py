"""What pipelines may do, by name: roles on Google Cloud, statements on AWS.

Nothing here ends in a star: what a component begins to use is added here, and seen in the review of that change.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
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
    "roles/cloudsql.viewer",
    "roles/iam.securityReviewer",
    "roles/monitoring.viewer",
    "roles/secretmanager.viewer",
    "roles/serviceusage.serviceUsageViewer",
    "roles/storage.objectViewer",
)
"""In a folder: what a preview compares with. A folder can have no role of our own."""

SETS_PROJECT_POLICY = "resourcemanager.projects.setIamPolicy"
"""By it one gives oneself whatever one likes, so it is granted under a condition alone."""
LARGEST_LIST = 10
"""How many roles a condition can list: https://cloud.google.com/iam/docs/setting-limits-on-granting-roles."""


def deploys_on_google(types: Collection[str]) -> list[str]:
    """What the components create in an existing project, as a role of our own; without the project's own policy."""
    return [one for one in needed(GCP, types, write=True) if one != SETS_PROJECT_POLICY]


def reads_on_google(types: Collection[str]) -> list[str]:
    """What a preview looks at in an existing project, as a role of our own."""
    return list(needed(GCP, types, write=False))


def grants_alone(roles: Sequence[str]) -> str:
    """A condition under which a project's policy may be set: the change gives or takes ``roles`` and no other.

    Raises :class:`ValueError` for more roles than a condition can list.
    """
    if len(roles) > LARGEST_LIST:
        raise ValueError(f"a condition lists at most {LARGEST_LIST} roles, got {len(roles)}: {', '.join(roles)}")
    listed = ", ".join(f"'{role}'" for role in roles)
    return f"api.getAttribute('iam.googleapis.com/modifiedGrantsByRole', []).hasOnly([{listed}])"


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
BEANSTALK_ENVIRONMENT = "aws:elasticbeanstalk/environment:Environment"
EVENT_SOURCE = "aws:lambda/eventSourceMapping:EventSourceMapping"
REQUEST = "acm:RequestCertificate"
PASSED_TO = {
    "ec2.amazonaws.com": BEANSTALK_ENVIRONMENT,
    "elasticbeanstalk.amazonaws.com": BEANSTALK_ENVIRONMENT,
    "lambda.amazonaws.com": "aws:lambda/function:Function",
    "scheduler.amazonaws.com": "aws:scheduler/schedule:Schedule",
}
"""The services that the components' roles are for, each with the type that takes such a role."""
EVERYWHERE = ("ecr:GetAuthorizationToken", "kinesis:DescribeLimits", "logs:DescribeLogGroups", "sts:GetCallerIdentity")
"""Actions that AWS allows on everything or on nothing."""
TAGGING = ("lambda:ListTags", "lambda:TagResource", "lambda:UntagResource")
"""What is asked as well for the tags of an event source, whose name is drawn."""
PLATFORMS = "elasticbeanstalk:ListAvailableSolutionStacks"
"""To find the newest platform; it is about Amazon's platforms, not about the account's environments."""


@dataclass(frozen=True, kw_only=True)
class Account:
    """The account that the roles are in."""

    id: str
    """12 digits."""
    partition: str = "aws"
    """AWS's partition that its region is in."""

    def arn(self, service: str, resource: str, *, region: str = "*") -> str:
        """The ARN of something of the account; ``region`` is empty for a service without regions."""
        return f"arn:{self.partition}:{service}:{region}:{self.id}:{resource}"

    def bucket_arn(self, name: str) -> str:
        """The ARN of a bucket or of what is in it, which names neither region nor account."""
        return f"arn:{self.partition}:s3:::{name}"


BOUNDED = ("AttachRolePolicy", "DeleteRolePolicy", "DetachRolePolicy", "PutRolePermissionsBoundary", "PutRolePolicy")
"""What IAM can tie to a role's permissions boundary, beside the role's creation:
https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html."""
OF_APPS = {
    "logs": "CreateLogGroup CreateLogStream DescribeLogGroups DescribeLogStreams PutLogEvents PutRetentionPolicy",
    "s3": "DeleteObject GetObject ListBucket PutObject",
    "lambda": "InvokeFunction",
    "kinesis": "DescribeStream DescribeStreamSummary GetRecords GetShardIterator ListShards",
    "secretsmanager": "GetSecretValue",
    "sqs": "DeleteMessage GetQueueAttributes GetQueueUrl ReceiveMessage SendMessage",
}
"""What the roles of apps do to what is called after their stack."""
OF_BEANSTALKS_BUCKET = ("s3:GetObject", "s3:ListBucket", "s3:PutObject")
"""Where an environment's logs and its platform's own files are: ``elasticbeanstalk-REGION-ACCOUNT``."""
TRACES = ("xray:PutTelemetryRecords", "xray:PutTraceSegments")


def boundary_name(environment: str) -> str:
    """What the permissions boundary of an environment's roles is called."""
    return f"slipway-boundary-{environment}"


def boundary_arn(account: Account, environment: str) -> str:
    """Where it is; every role that a deployer of the environment makes has to carry it."""
    return account.arn("iam", f"policy/{boundary_name(environment)}", region="")


def bounds(account: Account, names: Sequence[str]) -> list[Statement]:
    """The most that a role of an app can be given: what apps do to names that begin with these, and no IAM.

    It grants nothing: a role may do what both its own policies and this allow,
    https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html.
    """
    arns = [_arns(account, name) for name in names]
    apps = [
        _may([f"{service}:{action}" for action in actions.split()], [arn for each in arns for arn in each[service]])
        for service, actions in OF_APPS.items()
    ]
    bucket = account.bucket_arn(f"elasticbeanstalk-*-{account.id}")
    beanstalk = [arn for each in arns for arn in each["elasticbeanstalk"]]
    return [
        *apps,
        _may(("elasticbeanstalk:PutInstanceStatistics", *_actions("elasticbeanstalk", AWS, write=True)), beanstalk),
        _may(OF_BEANSTALKS_BUCKET, (bucket, f"{bucket}/*")),
        _may(TRACES, ("*",)),
        *_machines(account, names),
        _cloudformation(account),
    ]


def deploys(account: Account, name: str, environments: Sequence[str], types: Collection[str]) -> list[Statement]:
    """What a deployer may do: to names that begin with ``name``, and to roles labelled with its ``environments``.

    ``types`` are the resource types that the stacks declare.

    A role that it makes, and whose policies it changes, carries the permissions boundary of such an environment; it can
    neither take a boundary off nor change what one says.
    """
    labelled = {"aws:ResourceTag/environment": list(environments)}
    condition = {"aws:RequestTag/environment": list(environments)}
    roles = (account.arn("iam", "role/*", region=""), account.arn("iam", "instance-profile/*", region=""))
    passed = {"iam:PassedToService": [service for service, type in PASSED_TO.items() if type in types]}
    another = {"StringNotEquals": labelled, "Null": {"aws:ResourceTag/environment": "false"}}
    bounded = {"iam:PermissionsBoundary": [boundary_arn(account, environment) for environment in environments]}
    iam = _actions("iam", types, write=True)
    labelling = [one for one in iam if one in ("iam:TagRole", "iam:TagInstanceProfile")]
    created = [one for one in iam if one in (*labelling, "iam:CreateInstanceProfile")]
    given = [one for one in iam if one.removeprefix("iam:") in BOUNDED]
    role, handed = ([one for one in iam if one == action] for action in ("iam:CreateRole", "iam:PassRole"))
    changed = [one for one in iam if one not in (*created, *given, *role, *handed)]
    statements: list[Statement] = [
        {**_may(created, roles), "Condition": {"StringEquals": condition}},
        {**_may(role, roles[:1]), "Condition": {"StringEquals": {**condition, **bounded}}},
        {**_may(given, roles[:1]), "Condition": {"StringEquals": {**labelled, **bounded}}},
        # Or another environment's role could be labelled as one of these, and then changed.
        {**_may(labelling, roles), "Effect": "Deny", "Condition": another},
        {**_may(changed, roles), "Condition": {"StringEquals": labelled}},
        {**_may(handed, roles[:1]), "Condition": {"StringEquals": {**labelled, **passed}}},
    ]
    return [
        *_named(account, name, types, environments, write=True),
        *(statement for statement in statements if statement["Action"]),
        _everywhere(types, write=True),
    ]


def machines(account: Account, name: str) -> list[Statement]:
    """What a deployer lets Beanstalk do for the environments that are called after the stack."""
    return [*_machines(account, [name]), _cloudformation(account)]


def _cloudformation(account: Account) -> Statement:
    """What Beanstalk makes an environment's parts with."""
    actions = [f"cloudformation:{action}" for action in STACKS.split()]
    return _may(actions, (account.arn("cloudformation", "stack/awseb-*"),))


def _machines(account: Account, names: Sequence[str]) -> list[Statement]:
    """What Beanstalk does for the environments that are called after the stack, or after one of some stacks."""
    of_environment = [f"{name}*" for name in names] if len(names) > 1 else f"{names[0]}*"
    arns = [account.arn(service, "*") for service in MACHINES]
    looks, creates, changes = (
        [f"{service}:{action}" for service, kinds in MACHINES.items() for action in kinds[kind].split()]
        for kind in range(3)
    )
    return [
        _may(looks, ("*",)),
        {
            **_may(creates, arns),
            "Condition": {"StringLike": {f"aws:RequestTag/{OF_BEANSTALK}": of_environment}},
        },
        {
            **_may(changes, arns),
            "Condition": {"StringLike": {f"aws:ResourceTag/{OF_BEANSTALK}": of_environment}},
        },
    ]


def reads(account: Account, name: str, environments: Sequence[str], types: Collection[str]) -> list[Statement]:
    """What a previewer may do: look at what a deployer of the same names and types may change, and no more."""
    labelled = {"aws:ResourceTag/environment": list(environments)}
    roles = (account.arn("iam", "role/*", region=""), account.arn("iam", "instance-profile/*", region=""))
    iam = _actions("iam", types, write=False)
    return [
        *_named(account, name, types, environments, write=False),
        *([{**_may(iam, roles), "Condition": {"StringEquals": labelled}}] if iam else ()),
        _everywhere(types, write=False),
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


def _arns(account: Account, name: str) -> dict[str, Sequence[str]]:
    """By service, what is called after the stack."""
    return {
        "lambda": (account.arn("lambda", f"function:{name}*"),),
        "scheduler": (account.arn("scheduler", f"schedule/default/{name}*"),),
        "logs": tuple(account.arn("logs", f"log-group:/aws/{of}/{name}*") for of in ("lambda", "elasticbeanstalk")),
        "cloudwatch": (
            account.arn("cloudwatch", f"alarm:{name}*"),
            account.arn("cloudwatch", f"dashboard/{name}*", region=""),
        ),
        "ecr": (account.arn("ecr", f"repository/{name}*"),),
        "s3": (account.bucket_arn(f"{name}*"), account.bucket_arn(f"{name}*/*")),
        "sqs": (account.arn("sqs", f"{name}*"),),
        "kinesis": (account.arn("kinesis", f"stream/{name}*"),),
        "secretsmanager": (account.arn("secretsmanager", f"secret:{name}*"),),
        "events": (account.arn("events", f"rule/{name}*"),),
        "budgets": (account.arn("budgets", f"budget/{name}*", region=""),),
        "elasticbeanstalk": (
            account.arn("elasticbeanstalk", f"application/{name}*"),
            account.arn("elasticbeanstalk", f"applicationversion/{name}*"),
            account.arn("elasticbeanstalk", f"environment/{name}*"),
        ),
    }


def _everywhere(types: Collection[str], *, write: bool) -> Statement:
    """Who one is, which everybody may ask, and what of :data:`EVERYWHERE` the types need."""
    actions = {"sts:GetCallerIdentity", *needed(AWS, types, write=write)}
    return _may([action for action in EVERYWHERE if action in actions], ("*",))


def _named(
    account: Account, name: str, types: Collection[str], environments: Sequence[str], *, write: bool
) -> list[Statement]:
    """The actions of each service, on the ARNs that are called after the stack."""
    arns = _arns(account, name)
    by_service = {service: _actions(service, types, write=write) for service in arns}
    platforms = f"arn:{account.partition}:elasticbeanstalk:*::solutionstack/64bit Amazon Linux 2023*"
    return [
        *(_may(actions, arns[service]) for service, actions in by_service.items() if actions),
        *(_sources(account, name, environments, write=write) if EVENT_SOURCE in types else ()),
        *_domains(account, types, write=write),
        *([_may((PLATFORMS,), (platforms,))] if BEANSTALK_ENVIRONMENT in types else ()),
    ]


def _sources(account: Account, name: str, environments: Sequence[str], *, write: bool) -> list[Statement]:
    """The event sources of the functions that are called after the stack: their own names are drawn by Lambda.

    A request about their tags does not say the function, so those count by the environment that they are labelled with.
    https://docs.aws.amazon.com/lambda/latest/dg/permissions-user-function.html.
    """
    sources = account.arn("lambda", "event-source-mapping:*")
    list_tags, tag, untag = TAGGING
    labelled = {"StringEquals": {"aws:ResourceTag/environment": list(environments)}}
    requested = {"StringEquals": {"aws:RequestTag/environment": list(environments)}}
    another = {
        "StringNotEquals": {"aws:ResourceTag/environment": list(environments)},
        "Null": {"aws:ResourceTag/environment": "false"},
    }
    tags = [
        {**_may((list_tags, *((tag, untag) if write else ())), (sources,)), "Condition": labelled},
        *([{**_may((tag,), (sources,)), "Condition": requested}] if write else ()),
        *([{**_may((tag,), (sources,)), "Effect": "Deny", "Condition": another}] if write else ()),
    ]
    function = {"StringLike": {"lambda:FunctionArn": [account.arn("lambda", f"function:{name}*")]}}
    changed = [f"lambda:{verb}EventSourceMapping" for verb in (("Delete", "Get", "Update") if write else ("Get",))]
    creates = [{**_may(("lambda:CreateEventSourceMapping",), ("*",)), "Condition": function}] if write else []
    return [*creates, {**_may(changed, (sources,)), "Condition": function}, *tags]


def _domains(account: Account, types: Collection[str], *, write: bool) -> list[Statement]:
    """Certificates, and the HTTP APIs behind domains: AWS draws the names of both, and a certificate has none at first.

    https://docs.aws.amazon.com/service-authorization/latest/reference/list_awscertificatemanager.html.
    """
    certificates, interfaces = (_actions(service, types, write=write) for service in ("acm", "apigateway"))
    requested = [action for action in certificates if action == REQUEST]
    others = [action for action in certificates if action != REQUEST]
    places = [
        f"arn:{account.partition}:apigateway:*::/{place}" for place in ("apis", "apis/*", "domainnames*", "tags/*")
    ]
    return [
        *([_may(requested, ("*",))] if requested else ()),
        *([_may(others, (account.arn("acm", "certificate/*"),))] if others else ()),
        *([_may(interfaces, places)] if interfaces else ()),
    ]


def _actions(service: str, types: Collection[str], *, write: bool) -> list[str]:
    """The actions of one service that some of the catalog's types need, less those of no resource."""
    of_service = (action for action in needed(AWS, types, write=write) if action.startswith(f"{service}:"))
    elsewhere = (*EVERYWHERE, PLATFORMS)
    return [action for action in of_service if action not in elsewhere and not action.endswith("EventSourceMapping")]


def _may(actions: Sequence[str], resources: Sequence[Any]) -> Statement:
    return {"Effect": "Allow", "Action": list(actions), "Resource": list(resources)}
