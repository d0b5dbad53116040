"""IAM: what an identity may do is named, action by action and resource by resource."""

from collections.abc import Iterator

from policy.documents import DOCUMENTS, permissions
from policy.model import Context, Resource, Rule
from policy.values import fault, items, text

ONLY_ON_EVERYTHING = frozenset(
    {
        "cloudwatch:putmetricdata",
        "ec2:createnetworkinterface",
        "ec2:deletenetworkinterface",
        "ec2:describenetworkinterfaces",
        "ecr:getauthorizationtoken",
        "logs:describeloggroups",
        "s3:listallmybuckets",
        "sts:getcalleridentity",
        "xray:puttelemetryrecords",
        "xray:puttracesegments",
    }
)
"""Actions for which IAM knows no narrower resource (Service Authorization Reference); in lower case."""

ADMIN = frozenset({"AdministratorAccess", "PowerUserAccess", "IAMFullAccess"})
ATTACHED = ("policyArn", "managedPolicyArns", "policyArns")


def no_star_action(resource: Resource, context: Context) -> Iterator[str]:
    """No `*`, no whole service, and nothing by exclusion."""
    for statement in permissions(resource):
        if statement.allows:
            for action in statement.actions:
                if action == "*" or action.endswith(":*"):
                    yield fault("an Action", action, "the actions that are used, by name")
            if "NotAction" in statement.negated:
                yield fault("an Allow", "NotAction", "Action with the actions that are used")


def no_star_resource(resource: Resource, context: Context) -> Iterator[str]:
    """`*` only for actions that know nothing narrower."""
    for statement in permissions(resource):
        if not statement.allows:
            continue
        narrower = [action for action in statement.actions if action.lower() not in ONLY_ON_EVERYTHING]
        if "*" in statement.resources and narrower:
            yield fault(f"the Resource of {', '.join(narrower)}", "*", "the ARNs that are used")
        if "NotResource" in statement.negated:
            yield fault("an Allow", "NotResource", "Resource with the ARNs that are used")


def no_admin(resource: Resource, context: Context) -> Iterator[str]:
    """None of Amazon's policies that give everything away."""
    for key in ATTACHED:
        for arn in items(resource.get(key)):
            if text(arn) and arn.rsplit("/", 1)[-1] in ADMIN:
                yield fault(key, arn, "a policy with the permissions that are used")


RULES = (
    Rule(
        id="aws-iam-no-star-action",
        level="mandatory",
        title="IAM policies name their actions",
        rationale="A star grants today's actions and all that Amazon adds later.",
        source="Checkov CKV_AWS_62, CKV_AWS_63",
        remedy="List the actions; CloudTrail and Access Analyzer show which are used.",
        types=tuple(DOCUMENTS),
        check=no_star_action,
    ),
    Rule(
        id="aws-iam-no-star-resource",
        level="mandatory",
        title="IAM policies name their resources",
        rationale="What was meant for one log group or bucket is granted on all of the account's.",
        source="Checkov CKV_AWS_355",
        remedy="Put the ARN in Resource; build it from the resource's own output.",
        types=tuple(DOCUMENTS),
        check=no_star_resource,
    ),
    Rule(
        id="aws-iam-no-admin",
        level="mandatory",
        title="No administrator policies",
        rationale="A role that may do everything makes every other limit void.",
        source="Checkov CKV_AWS_274",
        remedy="Attach a policy with the permissions that are used.",
        types=(
            *("aws:iam/role:Role", "aws:iam/rolePolicyAttachment*", "aws:iam/policyAttachment*"),
            *("aws:iam/userPolicyAttachment*", "aws:iam/groupPolicyAttachment*"),
        ),
        check=no_admin,
    ),
)
