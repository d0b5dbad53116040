"""Google Cloud identities: who acts, with which roles, and that no key of theirs exists."""

import re
from collections.abc import Iterator

from policy.grants import grants
from policy.model import Context, Resource, Rule
from policy.values import fault, text

WIDE = tuple(f"gcp:{level}/iAM{kind}:*" for level in ("projects", "folder", "organizations")
             for kind in ("Member", "Binding", "Policy"))  # fmt: skip
BASIC_ROLES = frozenset({"roles/owner", "roles/editor", "roles/viewer"})
DEFAULT_ACCOUNT = re.compile(r"(serviceAccount:)?(\d+-compute@developer|[^@]+@appspot)\.gserviceaccount\.com")
ADMIN_ROLE = re.compile(r"roles/(owner|editor)|.*[aA]dmin")
IMPERSONATION = frozenset(
    f"roles/iam.{role}"
    for role in (
        *("serviceAccountUser", "serviceAccountTokenCreator", "serviceAccountOpenIdTokenCreator"),
        *("serviceAccountAdmin", "serviceAccountKeyAdmin", "workloadIdentityUser"),
    )
)
ACTING = {
    "gcp:appengine/standardAppVersion:StandardAppVersion": "serviceAccount",
    "gcp:appengine/flexibleAppVersion:FlexibleAppVersion": "serviceAccount",
    "gcp:dataflow/job:Job": "serviceAccountEmail",
    "gcp:dataflow/flexTemplateJob:FlexTemplateJob": "serviceAccountEmail",
    "gcp:cloudrunv2/service:Service": "template.serviceAccount",
    "gcp:cloudrunv2/job:Job": "template.template.serviceAccount",
    "gcp:cloudfunctionsv2/function:Function": "serviceConfig.serviceAccountEmail",
}
"""What runs code, and where it names the account it runs as; unnamed, it is the default one."""


def no_basic_roles(resource: Resource, context: Context) -> Iterator[str]:
    """Owner, editor and viewer hold thousands of permissions each."""
    for grant in grants(resource):
        if text(grant.role) and grant.role in BASIC_ROLES:
            yield fault("role", grant.role, "a predefined or custom role")


def no_default_service_account(resource: Resource, context: Context) -> Iterator[str]:
    """Neither grants to the default accounts nor code that runs as one."""
    if (path := ACTING.get(resource.type)) is not None:
        account = resource.get(path)
        if account is None or (text(account) and DEFAULT_ACCOUNT.fullmatch(account)):
            yield fault(path, account, "a service account of its own")
        return
    for grant in grants(resource):
        if text(grant.member) and DEFAULT_ACCOUNT.fullmatch(grant.member):
            yield fault("a member", grant.member, "a service account of the stack's own")


def no_admin_service_account(resource: Resource, context: Context) -> Iterator[str]:
    """No service account administers a project, folder or organization."""
    for grant in grants(resource):
        machine = text(grant.member) and grant.member.startswith("serviceAccount:")
        if machine and text(grant.role) and ADMIN_ROLE.fullmatch(grant.role):
            yield fault(f"the role of {grant.member}", grant.role, "a role that does not administer")


def no_project_impersonation(resource: Resource, context: Context) -> Iterator[str]:
    """Acting as an account is granted on that account, not on all of a project's at once."""
    for grant in grants(resource):
        if text(grant.role) and grant.role in IMPERSONATION:
            yield fault("role", grant.role, "this role on a single service account")


def no_keys(key: Resource, context: Context) -> Iterator[str]:
    """A key outlives whoever made it, and is found in repositories and logs."""
    yield "it is a long-lived key; allowed: none"


RULES = (
    Rule(
        id="gcp-no-basic-roles",
        level="mandatory",
        title="No basic roles on a project, folder or organization",
        rationale="Owner, editor and viewer reach every service, also those nobody thought of.",
        source="Checkov CKV_GCP_117",
        remedy="Grant the predefined role of the one service that is used.",
        types=WIDE,
        check=no_basic_roles,
    ),
    Rule(
        id="gcp-no-default-service-account",
        level="mandatory",
        title="Default service accounts are not used",
        rationale="All services of a project share them, so a grant to one is a grant to all.",
        source="Checkov CKV_GCP_46",
        remedy="Declare a service account for the service, with the grants it needs.",
        types=(*WIDE, "gcp:storage/bucketIAM*", "gcp:artifactregistry/repositoryIam*", *ACTING),
        check=no_default_service_account,
    ),
    Rule(
        id="gcp-no-admin-service-account",
        level="mandatory",
        title="Service accounts do not administer projects",
        rationale="Code that is broken into should not be able to grant itself more.",
        source="Checkov CKV_GCP_42",
        remedy="Grant the narrower role, on the one resource, that the code needs.",
        types=WIDE,
        check=no_admin_service_account,
    ),
    Rule(
        id="gcp-no-project-impersonation",
        level="mandatory",
        title="No impersonation of a whole project's service accounts",
        rationale="Whoever may act as any account has the roles of all of them.",
        source="Checkov CKV_GCP_41, CKV_GCP_49",
        remedy="Grant it with serviceaccount.IAMMember on the account that is meant.",
        types=WIDE,
        check=no_project_impersonation,
    ),
    Rule(
        id="gcp-no-service-account-keys",
        level="mandatory",
        title="No service account keys",
        rationale="A key is a password that nobody changes; workload identity needs none.",
        source="Checkov CKV2_GCP_3",
        remedy="Use workload identity federation or impersonation (docs/guide/oidc.md).",
        types=("gcp:service[aA]ccount/key:Key", "gcp:storage/hmacKey:HmacKey"),
        check=no_keys,
    ),
)
