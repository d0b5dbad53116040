"""Public access: whether anybody on the internet, or with any account of a cloud, gets at a resource.

One rule for all: grants of Google Cloud in whatever type, policy documents of AWS in whatever property, access lists,
and the flags that open a resource.
"""

from collections.abc import Iterator, Mapping

from policy.conditions import limits_strangers
from policy.documents import DOCUMENT, Statement, resource_statements
from policy.globs import is_all_wildcards
from policy.grants import public_members
from policy.model import Context, Resource, rule
from policy.values import Value, decoded, fault, items, readable, text

EVERYBODY = '{"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*", "Principal": "*"}]}'
"""The worst that a document which cannot be read yet could say."""

RUN = ("gcp:cloudrun/", "gcp:cloudrunv2/")
"""Cloud Run's types, of which the rule ``gcp-run-private`` speaks: a sandbox's service may be called by anybody."""

GROUPS = (
    "http://acs.amazonaws.com/groups/global/AllUsers",
    "http://acs.amazonaws.com/groups/global/AuthenticatedUsers",
)
ACLS = ("public-read", "public-read-write", "authenticated-read")
SHARED = {
    "aws:ec2/amiLaunchPermission:AmiLaunchPermission": "group",
    "aws:ec2/snapshotCreateVolumePermission:SnapshotCreateVolumePermission": "accountId",
    "aws:ssm/document:Document": "permissions.account_ids",
    "aws:lambda/layerVersionPermission:LayerVersionPermission": "principal",
    "aws:cloudwatch/eventPermission:EventPermission": "principal",
    "aws:rds/snapshot:Snapshot": "sharedAccounts",
    "aws:rds/clusterSnapshot:ClusterSnapshot": "sharedAccounts",
}
"""Type → the property that says with which accounts it is shared."""
FLAGS = (
    *("publiclyAccessible", "makePublic", "AllowFromPublic", "allowUnauthenticatedIdentities"),
    "allowExternalPrincipals",
)
OPEN_BY_DEFAULT = {
    "aws:apprunner/service:Service": "networkConfiguration.ingressConfiguration.isPubliclyAccessible",
}
"""Type -> the flag that opens it to the internet, and does so where it is left out."""
SWITCHES = {"userGroups": ("all",), "type": ("SERVICE_PROVIDED_EIPS",)}
"""Property -> its values that stand for everybody: of a builder's images, of Kafka's brokers."""
LIMITS = ("aws:ec2/vpcEndpoint:VpcEndpoint", "aws:ec2/vpcEndpointPolicy:VpcEndpointPolicy")
"""Types whose documents limit what passes, and let no one in: each resource behind them asks as before."""
PUBLIC_TYPES = ("aws:ecrpublic/repository:Repository",)
SOURCES = ("principalOrgId", "sourceAccount", "sourceArn")
"""The properties of a function's permission that limit who calls."""
PERMISSION = "aws:lambda/permission:Permission"


@rule(
    "no-public-access",
    source="Checkov CKV_GCP_28, CKV_GCP_101, CKV_AWS_32, CKV_AWS_70, CKV_AWS_301; docs/guide/policy.md",
    remedy="Name who is meant; what is public on purpose goes behind a service, or gets an exception with a last day.",
    types=("gcp:*", "aws:*", "google-native:*", "aws-native:*"),
    worst={
        "members?|entity|roleEntities|policyData": ("allUsers",),
        DOCUMENT: (EVERYBODY,),
        "acl|cannedAcl": ("public-read",),
        "principal": ("*",),
        "publiclyAccessible": (True,),
    },
)
def no_public_access(resource: Resource, context: Context) -> Iterator[str]:
    """Nothing is open to everybody.

    Strangers find, copy and misuse open resources, usually within hours.

    Neither a member, nor a principal, nor an access list, nor a flag lets strangers in.
    """
    if resource.type.startswith(("gcp:", "google-native:")):
        if not resource.type.startswith(RUN):
            for member in public_members(resource):
                yield fault("a member", member, "a service account, group or user by name")
        return
    for statement in resource_statements(resource) if resource.type not in LIMITS else ():
        if problem := _open(statement):
            yield fault("a Principal", problem, "accounts or roles by name, or a condition that names them")
    yield from _lists_and_flags(resource)
    if resource.type == PERMISSION:
        yield from _permission(resource)


def _open(statement: Statement) -> str:
    """What lets everybody in; empty if nothing does."""
    if not statement.allows or limits_strangers(statement.conditions):
        return ""
    if "NotPrincipal" in statement.negated:
        return "NotPrincipal"
    return next((name for kind, name in statement.principals if is_everybody(kind, name)), "")


def is_everybody(kind: str, name: str) -> bool:
    """Whether a principal stands for more than one account: ``*``, or an ARN that names none."""
    if is_all_wildcards(name):
        return True
    return (
        kind.upper() == "AWS"
        and "*" in name
        and not any(len(part) == 12 and part.isdigit() for part in name.split(":"))
    )


def _lists_and_flags(resource: Resource) -> Iterator[str]:
    if resource.type in PUBLIC_TYPES:
        yield "it is a public repository; allowed: aws.ecr.Repository"
    if (flag := OPEN_BY_DEFAULT.get(resource.type)) and resource.get(flag) in (None, True):
        yield fault(flag, resource.get(flag), "false")
    for name, value in _leaves(resource.props):
        if value in GROUPS:
            yield fault(f"the grantee {name}", value, "an account by its canonical id")
        elif name.lower().endswith("acl") and value in ACLS:
            yield fault(name, value, "'private'")
        elif value in SWITCHES.get(name, ()):
            yield fault(name, value, "accounts or networks by name")
        elif name in FLAGS and value is True:
            yield fault(name, True, "false")
    if (path := SHARED.get(resource.type)) and not _limited_to_organization(resource):
        for account in items(resource.get(path)):
            if text(account) and (is_all_wildcards(account) or account.lower() == "all"):
                yield fault(path, account, "accounts by their ids")


def _limited_to_organization(resource: Resource) -> bool:
    return any(
        text(value) and "*" not in value for value in (resource.get("organizationId"), resource.get("condition.value"))
    )


def _permission(permission: Resource) -> Iterator[str]:
    """A function's permission for everybody, but for the pair that a public function URL needs.

    Those two hold through the URL alone (`functionUrlAuthType` NONE, `invokedViaFunctionUrl`); whether a URL may be
    public is `aws-function-url-auth`'s to say, once. A `*` with AWS_IAM still stands for every account there is.
    """
    principal = permission.get("principal")
    auth, by_url = permission.get("functionUrlAuthType"), permission.get("invokedViaFunctionUrl")
    through_url = auth == "NONE" or by_url is True or not (readable(auth) and readable(by_url))
    if not text(principal) or not is_everybody("AWS", principal.strip()) or through_url:
        return
    if limits_strangers(conditions_of(permission)):
        return
    unread = [name for name in SOURCES if not readable(permission.get(name))]
    if not unread:
        yield fault("principal", principal, "an account, role or service by name, or principalOrgId beside it")
    elif not any(permission.property_dependencies.get(name) for name in unread):
        yield f"principal is '*', and {unread[0]} is not known until deployed, and could be '*' as well"


def conditions_of(permission: Resource) -> Mapping[str, Mapping[str, tuple[str, ...]]]:
    """The properties of a function's permission as the conditions that Lambda writes of them."""
    actual = {
        "StringEquals": {"aws:sourceaccount": "sourceAccount", "aws:principalorgid": "principalOrgId"},
        "ArnLike": {"aws:sourcearn": "sourceArn"},
    }
    return {
        operator: {key: (value,) for key, prop in keys.items() if text(value := permission.get(prop))}
        for operator, keys in actual.items()
    }


def _leaves(value: Value, name: str = "") -> Iterator[tuple[str, Value]]:
    """Every text and flag in a value, with the name of the property it stands in; JSON is read as what it says."""
    value = decoded(value) if text(value) and value.lstrip().startswith(("{", "[")) else value
    if isinstance(value, Mapping):
        for key, part in value.items():
            yield from _leaves(part, str(key))
    elif isinstance(value, list | tuple):
        for part in value:
            yield from _leaves(part, name)
    elif readable(value):
        yield name, value


RULES = (no_public_access,)
