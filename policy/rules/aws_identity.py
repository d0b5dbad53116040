"""IAM: what an identity may do is named, action by action and resource by resource."""

from collections.abc import Iterator

from policy.arns import Breadth, breadth
from policy.conditions import limits_resources
from policy.documents import DOCUMENT, Statement, permissions
from policy.globs import has_wildcard
from policy.known import Granted, granted, service, table
from policy.model import Context, Resource, rule
from policy.values import fault, items, text

EVERYTHING = '{"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}'
"""The worst that a document which cannot be read yet could say."""

ALMOST_ALL = 0.9
"""The share of a service's actions from which on a list of patterns counts as the whole service."""

ATTACHED = ("policyArn", "managedPolicyArns", "managedPolicyArn", "policyArns")
ADMIN = ("AdministratorAccess", "PowerUserAccess", "IAMFullAccess", "AWSControlTowerServiceRolePolicy")
"""How the names of AWS's policies begin that let their holder do everything, or grant itself more."""


@rule(
    "aws-iam-no-star-action",
    source="Checkov CKV_AWS_62, CKV_AWS_63; AWS Service Authorization Reference",
    remedy="List the actions; CloudTrail and Access Analyzer show which are used.",
    types=("aws:*", "aws-native:*"),
    worst={DOCUMENT: (EVERYTHING,)},
)
def no_star_action(resource: Resource, context: Context) -> Iterator[str]:
    """IAM policies name their actions.

    A star grants today's actions and all that Amazon adds later, often the right to grant more among them.

    No pattern covers a service, or an action that grants more; nothing is allowed by exclusion.
    """
    by_service: dict[str, set[str]] = {}
    for statement in permissions(resource):
        if not statement.allows:
            continue
        if "NotAction" in statement.negated:
            yield fault("an Allow", "NotAction", "Action with the actions that are used")
        for action in statement.actions:
            if has_wildcard(action):
                grant = granted(action)
                if problem := _problem(grant):
                    yield f"{fault('an Action', action, 'the actions that are used, by name')}: it grants {problem}"
                elif actions_of_service := by_service.setdefault(grant.prefix, set()):
                    actions_of_service |= grant.actions
                else:
                    by_service[grant.prefix] = set(grant.actions)
    for prefix, actions in by_service.items():
        actions_of_service = service(prefix)
        if actions_of_service and len(actions) >= ALMOST_ALL * len(actions_of_service.actions):
            yield f"the Actions of {prefix} together are nearly all that it has; allowed: the actions that are used"


def _problem(grant: Granted) -> str:
    """What a pattern grants that none may; empty if it is harmless."""
    if grant.whole:
        return "all of the service" if grant.prefix != "*" else "several services at once"
    dangerous = grant.dangerous
    return ", ".join(dangerous[:3]) + (", …" if len(dangerous) > 3 else "")


@rule(
    "aws-iam-no-star-resource",
    source="Checkov CKV_AWS_355; AWS Service Authorization Reference",
    remedy="Put the ARN in Resource; build it from the resource's own output.",
    types=("aws:*", "aws-native:*"),
    worst={DOCUMENT: (EVERYTHING,)},
)
def no_star_resource(resource: Resource, context: Context) -> Iterator[str]:
    """IAM policies name their resources.

    A star grants access to every log group or bucket of the account.

    No pattern covers more than what is named, except for actions that take nothing narrower.
    """
    for statement in permissions(resource):
        if not statement.allows:
            continue
        if "NotResource" in statement.negated:
            yield fault("an Allow", "NotResource", "Resource with the ARNs that are used")
        narrower = [action for action in map(granted, statement.actions) if action.scoped and not action.describes]
        if narrower and _covers_too_much(statement, narrower):
            names = ", ".join(action for action in statement.actions if granted(action).scoped)
            value = next((one for one in statement.resources if has_wildcard(one)), "*")
            yield fault(f"the Resource of {names}", value, "the ARNs that are used")


def _covers_too_much(statement: Statement, narrower: list[Granted]) -> bool:
    covered = breadth(statement.resources, narrower)
    if covered is Breadth.ACCOUNT:
        matters = not all(action.only_reads and not action.answers_secrets for action in narrower)
        return matters and not limits_resources(statement.conditions)
    return covered is Breadth.EVERYTHING


@rule(
    "aws-iam-no-admin",
    source="Checkov CKV_AWS_274; AWS managed policies",
    remedy="Attach a policy with the permissions that are used.",
    types=("aws:*", "aws-native:*"),
    worst={"|".join(ATTACHED): ("arn:aws:iam::aws:policy/AdministratorAccess",)},
)
def no_admin(resource: Resource, context: Context) -> Iterator[str]:
    """No administrator policies.

    A role that may do everything makes every other limit void.

    None of Amazon's policies that give everything away, or let their holder take it.
    """
    for key in ATTACHED:
        for arn in items(resource.get(key)):
            name = arn.strip().rsplit("/", 1)[-1] if text(arn) else ""
            if name.startswith(ADMIN) or (name in table("aws_managed_policies") and ":aws:policy/" in arn):
                yield fault(key, arn, "a policy with the permissions that are used")


@rule(
    "aws-no-access-keys",
    source="Checkov CKV_AWS_273; AWS IAM user guide, security best practices",
    remedy="Let people sign in and pipelines show their tokens (docs/guide/oidc.md).",
    types=("aws:iam/accessKey:AccessKey", "aws:iam/serviceSpecificCredential:ServiceSpecificCredential"),
)
def no_access_keys(key: Resource, context: Context) -> Iterator[str]:
    """No keys of IAM users.

    A key is a password that is never changed; roles need none.

    A key outlives the person who made it, and is found in repositories and logs.
    """
    yield "it is a long-lived key; allowed: none"


@rule(
    "aws-kms-grant-limited",
    source="https://docs.aws.amazon.com/kms/latest/developerguide/grants.html",
    remedy="Name the operations that are used; leave CreateGrant to those who administer the key.",
    types=("aws:kms/grant:Grant",),
    worst={"operations": (["CreateGrant"],), "granteePrincipal": ("*",)},
)
def grant_limited(grant: Resource, context: Context) -> Iterator[str]:
    """Grants of keys make no further grants.

    Who may make grants gives the key to others, whom no file names.

    A grant is to one identity, and not to hand on.
    """
    for operation in items(grant.get("operations")):
        if operation == "CreateGrant":
            yield fault("operations", operation, "the operations that are used, CreateGrant not among them")
    principal = grant.get("granteePrincipal")
    if text(principal) and (has_wildcard(principal) or principal.endswith(":root")):
        yield fault("granteePrincipal", principal, "one role or service")


RULES = (no_star_action, no_star_resource, no_admin, no_access_keys, grant_limited)
