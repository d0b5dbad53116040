"""Two of AWS's decisions the emulator does not take: may an anonymous caller use an address, may a function log.

Pure: policies in, verdict out.
"""

from collections.abc import Iterable
from fnmatch import fnmatchcase
from typing import Any

from slipway.sandbox.handler import Props

FORBIDDEN = (
    b'{"Message":"Forbidden. For troubleshooting Function URL authorization issues, see: '
    b'https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html"}'
)
"""What AWS answers, with status 403, where one of the two permissions is missing."""

LOGGING = ("logs:CreateLogStream", "logs:PutLogEvents")


def anonymous_may_call(policy: Props, arn: str) -> bool:
    """Whether a function's own policy opens an address of AuthType NONE to everyone.

    Since October 2025 that takes two statements: ``lambda:InvokeFunctionUrl``, and ``lambda:InvokeFunction`` (by way of
    the address): https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html. ``arn`` carries the alias, if any.
    """
    facts = {"lambda:functionurlauthtype": "NONE", "lambda:invokedviafunctionurl": "true"}
    return all(
        _allowed(policy.get("Statement", []), action, arn, facts)
        for action in ("lambda:InvokeFunctionUrl", "lambda:InvokeFunction")
    )


def log_rights(region: str, account: str, group: str, *, exists: bool) -> list[tuple[str, str]]:
    """The (action, resource) pairs a function's role needs for its lines to reach ``group``."""
    arn = f"arn:aws:logs:{region}:{account}:log-group:{group}:log-stream:"
    actions = LOGGING if exists else ("logs:CreateLogGroup", *LOGGING)
    return [(action, arn) for action in actions]


def _allowed(statements: Iterable[Props], action: str, arn: str, facts: dict[str, str]) -> bool:
    verdict = False
    for statement in statements:
        if not _everyone(statement.get("Principal")) or not _matches(statement, "Action", action):
            continue
        if not _matches(statement, "Resource", arn) or not _holds(statement.get("Condition") or {}, facts):
            continue
        if statement.get("Effect") == "Deny":
            return False
        verdict = True
    return verdict


def _everyone(principal: Any) -> bool:  # noqa: ANN401 - a string or a mapping, as IAM writes it
    return principal == "*" or (isinstance(principal, dict) and "*" in _list(principal.get("AWS")))


def _matches(statement: Props, key: str, value: str) -> bool:
    return any(fnmatchcase(value.lower(), str(pattern).lower()) for pattern in _list(statement.get(key)))


def _holds(condition: Props, facts: dict[str, str]) -> bool:
    """Whether every test of a condition is met by what is known of an anonymous call."""
    return all(
        facts.get(key.lower(), "").lower() in [str(value).lower() for value in _list(requested)]
        for test in condition.values()
        for key, requested in test.items()
    )


def _list(value: Any) -> list[Any]:  # noqa: ANN401 - anything JSON may hold
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
