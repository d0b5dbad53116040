"""What IAM holds of a policy document before it stores it, in IAM's words.

Grammar: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
"""

import json
import re
from collections.abc import Iterable
from fnmatch import fnmatchcase
from typing import Any

from slipway.sandbox.handler import Props

_VENDOR = re.compile(r"^(\*|[a-zA-Z0-9-]+:[a-zA-Z0-9*?]+)$")
_TRUST_LIMIT, _INLINE_LIMIT = 2048, 10240
"""Characters without white space: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html."""


def identity_problem(document: str) -> str | None:
    """What is wrong with a permissions policy of a role; None where IAM takes it."""
    return _problem(document, trust=False)


def trust_problem(document: str) -> str | None:
    """What is wrong with a role's trust policy; None where IAM takes it."""
    return _problem(document, trust=True)


def json_problem(document: str) -> str | None:
    """What is wrong with a text that must be a JSON object; None where it is one."""
    try:
        parsed = json.loads(document)
    except ValueError as wrong:
        return f"contains an invalid JSON policy: {wrong}"
    return None if isinstance(parsed, dict) else "contains an invalid JSON policy: it is not an object"


def lets_assume(trust: Props, service: str) -> bool:
    """Whether a trust policy lets a service ("lambda.amazonaws.com") assume its role."""
    verdict = False
    for statement in _statements(trust):
        if not _names_service(statement.get("Principal"), service) or not _covers(statement, "sts:AssumeRole"):
            continue
        if statement.get("Effect") == "Deny":
            return False
        verdict = verdict or statement.get("Effect") == "Allow"
    return verdict


def same(one: str, other: str) -> bool:
    """Whether two documents say the same, but for white space and the order of keys."""
    try:
        return json.loads(one) == json.loads(other)
    except ValueError:
        return one == other


def normal(document: Any) -> Any:  # noqa: ANN401 - an unknown passes through
    """A document without its white space, as AWS gives it back; what is no JSON text is left as it is."""
    if not isinstance(document, str):
        return document
    try:
        return json.dumps(json.loads(document), separators=(",", ":"))
    except ValueError:
        return document


def _problem(document: str, *, trust: bool) -> str | None:
    wrong = json_problem(document)
    if wrong:
        return wrong
    words = _size(document, trust) or _syntax(json.loads(document), trust=trust)
    return f"MalformedPolicyDocument: {words}" if words else None


def _size(document: str, trust: bool) -> str | None:
    limit = _TRUST_LIMIT if trust else _INLINE_LIMIT
    if len(re.sub(r"\s", "", document)) <= limit:
        return None
    return f"Cannot exceed quota for {'ACLSizePerRole' if trust else 'PolicySize'}: {limit}"


def _syntax(policy: Props, *, trust: bool) -> str | None:
    statements = _statements(policy)
    if not statements or policy.get("Version", "2012-10-17") not in ("2012-10-17", "2008-10-17"):
        return "Syntax errors in policy."
    problems = (_statement(statement, trust=trust) for statement in statements)
    return next((problem for problem in problems if problem), None)


def _statement(statement: Any, *, trust: bool) -> str | None:  # noqa: ANN401 - anything JSON may hold
    if not isinstance(statement, dict) or statement.get("Effect") not in ("Allow", "Deny"):
        return "Syntax errors in policy."
    actions = _list(statement.get("Action", statement.get("NotAction")))
    if not actions:
        return "Policy statement must contain actions."
    if not all(isinstance(action, str) and _VENDOR.match(action) for action in actions):
        return "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc."
    return _trust_rules(statement, actions) if trust else _identity_rules(statement)


def _trust_rules(statement: Props, actions: list[str]) -> str | None:
    if "Resource" in statement or "NotResource" in statement:
        return "Has prohibited field Resource"
    if not statement.get("Principal"):
        return "Missing required field Principal"
    if not all(action == "*" or action.lower().startswith("sts:") for action in actions):
        return "AssumeRole policy may only specify STS AssumeRole actions."
    principal = statement["Principal"]
    services = _list(principal.get("Service")) if isinstance(principal, dict) else []
    for service in services:
        if not str(service).endswith((".amazonaws.com", ".amazonaws.com.cn")):
            return f'Invalid principal in policy: "SERVICE":"{service}"'
    return None


def _identity_rules(statement: Props) -> str | None:
    if "Principal" in statement or "NotPrincipal" in statement:
        return "Policy document should not specify a principal."
    resources = _list(statement.get("Resource", statement.get("NotResource")))
    if not resources:
        return "Policy statement must contain resources."
    for resource in resources:
        if resource != "*" and not str(resource).startswith("arn:"):
            return f'Resource {resource} must be in ARN format or "*".'
    return None


def _statements(policy: Props) -> list[Any]:
    return _list(policy.get("Statement"))


def _covers(statement: Props, action: str) -> bool:
    return any(fnmatchcase(action.lower(), str(one).lower()) for one in _list(statement.get("Action")))


def _names_service(principal: Any, service: str) -> bool:  # noqa: ANN401 - anything JSON may hold
    if principal == "*":
        return True
    return isinstance(principal, dict) and service in _list(principal.get("Service"))


def _list(value: Any) -> list[Any]:  # noqa: ANN401 - anything JSON may hold
    if value is None:
        return []
    return list(value) if isinstance(value, Iterable) and not isinstance(value, str | dict) else [value]
