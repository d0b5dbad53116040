"""Google Cloud identities: who acts, with which roles, and that no key of theirs exists."""

import re
from collections.abc import Iterator, Mapping

from policy.grants import grants
from policy.known import table
from policy.model import Context, Resource, rule
from policy.values import fault, items, text

WIDE = ("gcp:projects/i*", "gcp:folder/i*", "gcp:organizations/i*", "gcp:resourcemanager/*", "gcp:billing/accountIam*")
"""Grants on all of a project, folder, organization or billing account."""
BASIC_ROLES = frozenset(f"roles/{name}" for name in ("owner", "editor", "viewer", "admin", "writer", "reader"))
"""The last three are the names of Google's newer basic roles."""
PEOPLE = ("user:", "group:", "domain:")
DEFAULT_ACCOUNT = re.compile(r"(serviceAccount:)?(\d+-compute@developer|[^@]+@appspot)\.gserviceaccount\.com")
ADMIN_ROLE = re.compile(r"roles/(owner|editor)|.*[aA]dmin")
ESCALATES = re.compile(
    r"(?i)[\w.]+\.setIamPolicy|iam\.roles\.(create|update|undelete)|iam\.serviceAccountKeys\.create"
    r"|iam\.serviceAccounts\.(getAccessToken|getOpenIdToken|implicitDelegation|signBlob|signJwt)"
    r"|storage\.hmacKeys\.create|orgpolicy\.policy\.set|deploymentmanager\.deployments\.(create|update)"
)
"""Permissions by which an identity gives itself, or another one, more than it was given."""
KEPT = frozenset(
    {
        *("iam.allowedPolicyMemberDomains", "iam.managed.allowedPolicyMembers", "iam.disableServiceAccountKeyUpload"),
        *("iam.disableServiceAccountKeyCreation", "iam.managed.disableServiceAccountKeyCreation"),
        *("iam.automaticIamGrantsForDefaultServiceAccounts", "iam.workloadIdentityPoolProviders"),
        *("storage.publicAccessPrevention", "storage.uniformBucketLevelAccess", "sql.restrictAuthorizedNetworks"),
        *("sql.restrictPublicIp", "compute.skipDefaultNetworkCreation", "compute.vmExternalIpAccess"),
    }
)
"""Limits of an organization that keep strangers out."""
MACHINES = {
    "gcp:compute/instance:Instance": "serviceAccount",
    "gcp:compute/instanceTemplate:InstanceTemplate": "serviceAccount",
    "gcp:compute/regionInstanceTemplate:RegionInstanceTemplate": "serviceAccount",
}
"""Machines: without the block they have no account, with one that names none the default one."""
ACTING = {
    "gcp:appengine/standardAppVersion:StandardAppVersion": "serviceAccount",
    "gcp:appengine/flexibleAppVersion:FlexibleAppVersion": "serviceAccount",
    "gcp:dataflow/job:Job": "serviceAccountEmail",
    "gcp:dataflow/flexTemplateJob:FlexTemplateJob": "serviceAccountEmail",
    "gcp:cloudrunv2/service:Service": "template.serviceAccount",
    "gcp:cloudrunv2/job:Job": "template.template.serviceAccount",
    "gcp:cloudfunctionsv2/function:Function": "serviceConfig.serviceAccountEmail",
    "gcp:cloudfunctions/function:Function": "serviceAccountEmail",
    "gcp:cloudrun/service:Service": "template.spec.serviceAccountName",
    "gcp:cloudrunv2/workerPool:WorkerPool": "template.serviceAccount",
    "gcp:workflows/workflow:Workflow": "serviceAccount",
    "gcp:cloudbuild/trigger:Trigger": "serviceAccount",
    "gcp:container/nodePool:NodePool": "nodeConfig.serviceAccount",
    "gcp:dataproc/cluster:Cluster": "clusterConfig.gceClusterConfig.serviceAccount",
    "gcp:composer/environment:Environment": "config.nodeConfig.serviceAccount",
}
"""What runs code, and where it names the account it runs as; unnamed, it is the default one."""


@rule(
    "gcp-no-basic-roles",
    source="Checkov CKV_GCP_117",
    remedy="Grant the predefined role of the one service that is used.",
    types=WIDE,
    worst={"role": ("roles/owner",)},
)
def no_basic_roles(resource: Resource, context: Context) -> Iterator[str]:
    """No basic roles on a project, folder or organization.

    Owner, editor and viewer reach every service, also those that were not thought of.

    Owner, editor and viewer hold thousands of permissions each.
    """
    for grant in grants(resource):
        if text(grant.role) and grant.role.casefold() in BASIC_ROLES:
            yield fault("role", grant.role, "a predefined or custom role")


@rule(
    "gcp-no-default-service-account",
    source="Checkov CKV_GCP_46",
    remedy="Declare a service account for the service, with the grants it needs.",
    types=("gcp:*",),
)
def no_default_service_account(resource: Resource, context: Context) -> Iterator[str]:
    """Default service accounts are not used.

    All services of a project share them, so a grant to one is a grant to all.

    Neither grants to the default accounts nor code that runs as one.
    """
    if (block := MACHINES.get(resource.type)) and resource.get(block) is not None:
        account = resource.get(f"{block}.email")
        if account is None or (text(account) and DEFAULT_ACCOUNT.fullmatch(account)):
            yield fault(f"{block}.email", account, "a service account of its own")
        return
    if (path := ACTING.get(resource.type)) is not None:
        account = resource.get(path)
        if account is None or (text(account) and DEFAULT_ACCOUNT.fullmatch(account)):
            yield fault(path, account, "a service account of its own")
        return
    for grant in grants(resource):
        if text(grant.member) and DEFAULT_ACCOUNT.fullmatch(grant.member):
            yield fault("a member", grant.member, "a service account of the stack's own")


@rule(
    "gcp-no-admin-service-account",
    source="Checkov CKV_GCP_42",
    remedy="Grant the narrower role, on the one resource, that the code needs.",
    types=WIDE,
)
def no_admin_service_account(resource: Resource, context: Context) -> Iterator[str]:
    """Service accounts do not administer projects.

    Code that is broken into should not be able to grant itself more.

    No service account administers a project, folder or organization.
    """
    for grant in grants(resource):
        machine = text(grant.member) and not grant.member.casefold().startswith(PEOPLE)
        if machine and text(grant.role) and (ADMIN_ROLE.fullmatch(grant.role) or "grants" in _powers(grant.role)):
            yield fault(f"the role of {grant.member}", grant.role, "a role that does not administer")


@rule(
    "gcp-no-project-impersonation",
    source="Checkov CKV_GCP_41, CKV_GCP_49",
    remedy="Grant it with serviceaccount.IAMMember on the account that is meant.",
    types=WIDE,
    worst={"role": ("roles/iam.serviceAccountUser",)},
)
def no_project_impersonation(resource: Resource, context: Context) -> Iterator[str]:
    """No impersonation of a whole project's service accounts.

    An identity that may act as any account has the roles of all of them.

    Acting as an account is granted on that account, not on all of a project's at once.
    """
    for grant in grants(resource):
        if text(grant.role) and "impersonates" in _powers(grant.role):
            yield fault("role", grant.role, "this role on a single service account")


@rule(
    "gcp-no-service-account-keys",
    source="Checkov CKV2_GCP_3",
    remedy="Use workload identity federation or impersonation (docs/guide/oidc.md).",
    types=("gcp:service[aA]ccount/key:Key", "gcp:storage/hmacKey:HmacKey"),
)
def no_keys(key: Resource, context: Context) -> Iterator[str]:
    """No service account keys.

    A key is a password that is never changed; workload identity needs none.

    A key outlives the person who made it, and is found in repositories and logs.
    """
    yield "it is a long-lived key; allowed: none"


@rule(
    "gcp-custom-role-no-escalation",
    source="https://cloud.google.com/iam/docs/custom-roles-permissions-support",
    remedy="Take the permission out of the role, or grant the predefined role of that one task on one resource.",
    types=("gcp:projects/iAMCustomRole:IAMCustomRole", "gcp:organizations/iAMCustomRole:IAMCustomRole"),
    worst={"permissions": (("resourcemanager.projects.setIamPolicy",),)},
)
def no_escalation_by_custom_roles(role: Resource, context: Context) -> Iterator[str]:
    """Custom roles hold no permission by which one gives oneself more.

    A role of one's own hides what it holds behind its name: none of the rules on predefined roles sees it.

    No custom role sets policies, changes roles, makes keys or signs as an account.
    """
    permissions = role.get("permissions")
    for permission in permissions if isinstance(permissions, list | tuple) else ():
        if text(permission) and ESCALATES.fullmatch(permission):
            yield fault("permissions", permission, "permissions by which no identity gets more permissions")


@rule(
    "gcp-organization-limits",
    source="https://cloud.google.com/resource-manager/docs/secure-by-default-organizations",
    remedy="Leave the limit as the organization has it, or agree an exception with a last day.",
    types=("gcp:orgpolicy/policy:Policy", "gcp:projects/organizationPolicy:*", "gcp:folder/organizationPolicy:*"),
)
def organization_limits(resource: Resource, context: Context) -> Iterator[str]:
    """No stack lifts an organization's limits on who gets in.

    Such a limit holds where a rule of this pack was passed by, and is lifted by one line.

    No policy allows every domain, keys of service accounts, or public access to buckets.
    """
    name = str(resource.get("constraint") or resource.get("name") or "").rsplit("/", 1)[-1]
    if name not in KEPT:
        return
    rules = [one for one in items(resource.get("spec.rules")) if isinstance(one, Mapping)]
    lifts = [
        *(one.get("allowAll") for one in rules),
        *(str(one.get("enforce")).lower() == "false" for one in rules),
        resource.get("listPolicy.allow.all"),
        resource.get("booleanPolicy.enforced") is False,
        resource.get("restorePolicy.default"),
    ]
    if any(str(one).lower() == "true" for one in lifts):
        yield fault(name, "lifted", "as the organization has it")


def _powers(role: str) -> list[str]:
    """What the table says of a predefined role: ``grants``, ``owns``, ``impersonates``."""
    return table("gcp_roles").get(role, [])


RULES = (
    no_basic_roles,
    no_default_service_account,
    no_admin_service_account,
    no_project_impersonation,
    no_keys,
    no_escalation_by_custom_roles,
    organization_limits,
)
