"""Who may become a role or an account: named principals, and tokens of one repository."""

import re
from collections.abc import Iterator, Mapping

from policy.conditions import limits_account, limits_strangers
from policy.documents import Statement, statements
from policy.globs import has_wildcard
from policy.grants import grants
from policy.model import Context, Resource, rule
from policy.rules.public_access import is_everybody
from policy.values import fault, readable, text

POOL = re.compile(r"^principalSet://.*(/\*|/workloadIdentityPools/[^/]+/?)$")
"""All tokens that a pool lets in."""
SAML = re.compile(r":saml-provider/")
ACCOUNT = re.compile(r"\d{12}|arn:aws[\w-]*:iam::\d{12}:root")
ANYBODY = '{"Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": "*"}]}'
"""The worst that a trust which cannot be read yet could say."""
TOKEN_ISSUERS = (
    *("token.actions.githubusercontent.com", "gitlab.com", "app.terraform.io", "api.pulumi.com/oidc"),
    *("accounts.google.com", "cognito-identity.amazonaws.com", "login.microsoftonline.com/common"),
    *("oidc.circleci.com", "agent.buildkite.com", "vstoken.dev.azure.com", "oidc.vercel.com"),
)
"""Issuers that sign for everybody's repositories: only a token's claims tell ours from the rest."""

CLAIM, WORD = r"assertion\.(repository|repository_id|project_path|project_id|sub)", r"(['\"])[^'\"*]+\2"
ONE_REPOSITORY = re.compile(rf"{CLAIM}\s*==\s*{WORD}|{CLAIM.replace('(', '(?:')}\s+in\s+\[[^\]]+\]")
REVERSED = re.compile(r"(['\"])[^'\"*]+\1\s*==\s*assertion\.(?:repository|repository_id|project_path|project_id|sub)")
"""Comparisons of Google's expression language that only tokens of one repository pass, or of those in a list."""


@rule(
    "aws-role-trust-restricted",
    source="Checkov CKV_AWS_60, CKV_AWS_61",
    remedy="Name the service or role in Principal; bind services with aws:SourceAccount where they support it.",
    types=("aws:iam/role:Role", "aws-native:iam:Role"),
    worst={"assumeRolePolicy(Document)?": (ANYBODY,)},
)
def trust_restricted(role: Resource, context: Context) -> Iterator[str]:
    """Roles trust named principals.

    An identity that may assume a role has all of its permissions.

    Not everybody, not every service, not a whole account without a condition.
    """
    for statement in statements(role.get("assumeRolePolicy", role.get("assumeRolePolicyDocument"))):
        if not statement.allows:
            continue
        if "NotPrincipal" in statement.negated:
            yield fault("the trust", "NotPrincipal", "Principal, by name")
        for kind, name in statement.principals:
            if kind.lower() == "service" and has_wildcard(name):
                yield fault(f"the principal {kind}", name, "a service or role by name")
            elif is_everybody(kind, name):
                if not limits_strangers(statement.conditions):
                    yield fault(f"the principal {kind}", name, "a service or role by name")
            elif kind.upper() == "AWS" and ACCOUNT.fullmatch(name) and not limits_account(statement.conditions):
                yield fault(f"the principal {kind}", name, "a role by ARN, or a condition such as sts:ExternalId")
            elif kind.lower() == "federated" and not SAML.search(name) and not limits_account(statement.conditions):
                yield fault(f"the principal {kind}", name, "a condition on the aud or sub of its tokens")


@rule(
    "aws-oidc-claims-exact",
    source="Checkov CKV_AWS_358",
    remedy="Compare aud and sub by StringEquals (docs/guide/oidc.md).",
    types=("aws:iam/role:Role", "aws-native:iam:Role"),
)
def aws_claims_exact(role: Resource, context: Context) -> Iterator[str]:
    """AWS roles for pipelines name their repository exactly.

    The issuer signs tokens for every repository there is; a wildcard lets strangers in.

    A role trusts tokens by StringEquals on aud and on sub, without wildcards.
    """
    for statement in statements(role.get("assumeRolePolicy", role.get("assumeRolePolicyDocument"))):
        for kind, name in statement.principals:
            issuer = next((one for one in TOKEN_ISSUERS if kind.lower() == "federated" and one in name.lower()), None)
            if statement.allows and issuer:
                yield from (
                    fault(f"StringEquals on {issuer}:{claim}", _given(statement, issuer, claim), allowed)
                    for claim, allowed in (("aud", "the audience"), ("sub", "repo:OWNER/NAME:environment:NAME, exact"))
                    if not _exact(statement, issuer, claim)
                )


@rule(
    "gcp-oidc-claims-exact",
    source="Checkov CKV_GCP_125",
    remedy="Write an attribute condition on repository and ref (docs/guide/oidc.md).",
    types=(
        "gcp:iam/workloadIdentityPoolProvider:WorkloadIdentityPoolProvider",
        *("gcp:service[aA]ccount/i*", "gcp:projects/i*"),
    ),
)
def gcp_claims_exact(resource: Resource, context: Context) -> Iterator[str]:
    """Workload identity admits one repository.

    The issuer signs tokens for every repository there is.

    A pool's provider admits one repository; an account is not granted to all of a pool.
    """
    for grant in grants(resource):
        if text(grant.member) and POOL.search(grant.member):
            yield fault("a member", grant.member, "principal:// or principalSet:// with an attribute of the token")
    issuer, condition = resource.get("oidc.issuerUri"), resource.get("attributeCondition")
    public = text(issuer) and any(one in issuer for one in TOKEN_ISSUERS)
    if public and readable(condition) and not names_repository(_mapped(resource, condition or "")):
        yield fault("attributeCondition", condition, "assertion.repository == 'OWNER/NAME', and the ref or environment")


def _mapped(provider: Resource, condition: str) -> str:
    """A condition in the claims of the token, where it names attributes that are mapped to one as it stands.

    https://cloud.google.com/iam/docs/workload-identity-federation#mapping.
    """
    mapping = provider.get("attributeMapping")
    for attribute, claim in mapping.items() if isinstance(mapping, Mapping) else ():
        if text(claim) and re.fullmatch(r"assertion\.\w+", claim.strip()):
            condition = re.sub(rf"\b{re.escape(attribute)}\b(?=\s*(==|in\b)|\s*$)", claim.strip(), condition)
    return condition


def names_repository(condition: str) -> bool:
    """Whether every way through a condition of Google's expression language compares with one repository."""
    alternatives = _parts(condition, "||")
    if len(alternatives) > 1:
        return all(names_repository(one) for one in alternatives)
    factors = _parts(condition, "&&")
    if len(factors) > 1:
        return any(names_repository(one) for one in factors)
    factor = condition.strip()
    if factor.startswith("(") and _closes(factor) == len(factor) - 1:
        return names_repository(factor[1:-1])
    return bool(ONE_REPOSITORY.fullmatch(factor) or REVERSED.fullmatch(factor))


def _parts(expression: str, operator: str) -> list[str]:
    """The parts of an expression between an operator that stands in no parentheses and no text."""
    parts, depth, quote, start = [], 0, "", 0
    for place, character in enumerate(expression):
        if quote:
            quote = "" if character == quote else quote
        elif character in "'\"":
            quote = character
        elif character in "([":
            depth += 1
        elif character in ")]":
            depth -= 1
        elif depth == 0 and expression.startswith(operator, place) and place >= start:
            parts.append(expression[start:place])
            start = place + len(operator)
    return [*parts, expression[start:]]


def _closes(expression: str) -> int:
    """Where the parenthesis that the expression begins with ends; -1 if nowhere."""
    depth = 0
    for place, character in enumerate(expression):
        depth += {"(": 1, ")": -1}.get(character, 0)
        if depth == 0:
            return place
    return -1


def _exact(statement: Statement, issuer: str, claim: str) -> bool:
    values = statement.conditions.get("StringEquals", {}).get(f"{issuer}:{claim}".lower(), ())
    return bool(values) and not any("*" in value for value in values)


def _given(statement: Statement, issuer: str, claim: str) -> str | None:
    """What stands there instead, whatever the operator."""
    value = [
        f"{operator} {', '.join(values)}"
        for operator, keys in statement.conditions.items()
        for key, values in keys.items()
        if key == f"{issuer}:{claim}".lower()
    ]
    return "; ".join(value) or None


RULES = (
    trust_restricted,
    aws_claims_exact,
    gcp_claims_exact,
)
