"""Who may become a role or an account: named principals, and tokens of one repository."""

import re
from collections.abc import Iterator

from policy.documents import Statement, statements
from policy.grants import grants
from policy.model import Context, Resource, Rule
from policy.values import fault, readable, text

ACCOUNT = re.compile(r"\d{12}|arn:aws[\w-]*:iam::\d{12}:root")
TOKEN_ISSUERS = ("token.actions.githubusercontent.com", "gitlab.com", "app.terraform.io", "api.pulumi.com/oidc")
"""Issuers that sign for everybody's repositories: only a token's claims tell ours from the rest."""

ONE_REPOSITORY = re.compile(
    r"assertion\.(repository|repository_id|project_path|project_id|sub)\s*==\s*(['\"])[^'\"*]+\2"
)


def trust_restricted(role: Resource, context: Context) -> Iterator[str]:
    """Not everybody, not every service, not a whole account without a condition."""
    for statement in statements(role.get("assumeRolePolicy")):
        if not statement.allows:
            continue
        if "NotPrincipal" in statement.negated:
            yield fault("the trust", "NotPrincipal", "Principal, by name")
        for kind, name in statement.principals:
            if name == "*":
                yield fault(f"the principal {kind}", name, "a service or role by name")
            elif kind == "AWS" and ACCOUNT.fullmatch(name) and not statement.conditions:
                yield fault(f"the principal {kind}", name, "a role by ARN, or a condition such as sts:ExternalId")


def aws_claims_exact(role: Resource, context: Context) -> Iterator[str]:
    """A role trusts tokens by StringEquals on aud and on sub, without wildcards."""
    for statement in statements(role.get("assumeRolePolicy")):
        for kind, name in statement.principals:
            issuer = next((one for one in TOKEN_ISSUERS if kind == "Federated" and one in name), None)
            if statement.allows and issuer:
                yield from (
                    fault(f"StringEquals on {issuer}:{claim}", _given(statement, issuer, claim), allowed)
                    for claim, allowed in (("aud", "the audience"), ("sub", "repo:OWNER/NAME:environment:NAME, exact"))
                    if not _exact(statement, issuer, claim)
                )


def gcp_claims_exact(resource: Resource, context: Context) -> Iterator[str]:
    """A pool's provider admits one repository; an account is not granted to all of a pool."""
    for grant in grants(resource):
        if text(grant.member) and grant.member.startswith("principalSet://") and grant.member.endswith("/*"):
            yield fault("a member", grant.member, "principal:// or principalSet:// with an attribute of the token")
    issuer, condition = resource.get("oidc.issuerUri"), resource.get("attributeCondition")
    public = text(issuer) and any(one in issuer for one in TOKEN_ISSUERS)
    if public and readable(condition) and not ONE_REPOSITORY.search(condition or ""):
        yield fault("attributeCondition", condition, "assertion.repository == 'OWNER/NAME', and the ref or environment")


def _exact(statement: Statement, issuer: str, claim: str) -> bool:
    values = statement.conditions.get("StringEquals", {}).get(f"{issuer}:{claim}".lower(), ())
    return bool(values) and not any("*" in value for value in values)


def _given(statement: Statement, issuer: str, claim: str) -> str | None:
    """What stands there instead, whatever the operator."""
    found = [
        f"{operator} {', '.join(values)}"
        for operator, keys in statement.conditions.items()
        for key, values in keys.items()
        if key == f"{issuer}:{claim}".lower()
    ]
    return "; ".join(found) or None


RULES = (
    Rule(
        id="aws-role-trust-restricted",
        level="mandatory",
        title="Roles trust named principals",
        rationale="Whoever may assume a role has all of its permissions.",
        source="Checkov CKV_AWS_60, CKV_AWS_61",
        remedy="Name the service or role in Principal; bind services with aws:SourceAccount where they support it.",
        types=("aws:iam/role:Role",),
        check=trust_restricted,
    ),
    Rule(
        id="aws-oidc-claims-exact",
        level="mandatory",
        title="AWS roles for pipelines name their repository exactly",
        rationale="The issuer signs tokens for every repository there is; a wildcard lets strangers in.",
        source="Checkov CKV_AWS_358",
        remedy="Compare aud and sub by StringEquals (docs/guide/oidc.md).",
        types=("aws:iam/role:Role",),
        check=aws_claims_exact,
    ),
    Rule(
        id="gcp-oidc-claims-exact",
        level="mandatory",
        title="Workload identity admits one repository",
        rationale="The issuer signs tokens for every repository there is.",
        source="Checkov CKV_GCP_125",
        remedy="Write an attribute condition on repository and ref (docs/guide/oidc.md).",
        types=(
            "gcp:iam/workloadIdentityPoolProvider:WorkloadIdentityPoolProvider",
            *("gcp:service[aA]ccount/iAM*", "gcp:projects/iAM*"),
        ),
        check=gcp_claims_exact,
    ),
)
