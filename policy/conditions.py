"""Which conditions of a statement limit who may call, and which are always true."""

import ipaddress
import re
from collections.abc import Iterator, Mapping

from policy.arns import is_strange_allowed
from policy.globs import has_wildcard

POSITIVE = re.compile(r"(foranyvalue:)?(stringequals|stringequalsignorecase|stringlike|arnequals|arnlike|ipaddress)")
"""Operators that are false if the key is missing; ``ForAllValues:``, ``…IfExists`` and negations are true then."""

ACCOUNTS = frozenset(
    {
        *("aws:sourceaccount", "aws:sourceowner", "aws:principalaccount", "kms:calleraccount"),
        *("s3:dataaccesspointaccount", "aws:principalorgid", "aws:sourceorgid", "aws:sourcevpc", "aws:sourcevpce"),
        *("aws:userid", "aws:principalorgpaths", "aws:sourceorgpaths", "aws:sourcevpcarn"),
    }
)
"""Keys whose values name an account, an organization or a network."""
ARNS = frozenset({"aws:sourcearn", "aws:principalarn", "lambda:sourcefunctionarn", "s3:dataaccesspointarn"})
ADDRESSES = frozenset({"aws:sourceip", "aws:vpcsourceip"})
WITHIN_ACCOUNT = re.compile(r"sts:externalid|aws:username|aws:principaltag/.+|.*:(sub|aud|oaud|amr)|saml:.+")
"""Keys that tell callers apart only where the principal is named already: anybody else could have the same value."""
WIDEST_V4, WIDEST_V6 = 8, 19
"""The shortest prefixes that are a network of somebody, and not a part of the internet."""

Conditions = Mapping[str, Mapping[str, tuple[str, ...]]]
"""Operator → key in lower case → values."""


def limits_strangers(conditions: Conditions) -> bool:
    """Whether a statement for everybody is closed to foreign accounts by one of its conditions."""
    return any(_limits(key, values) for key, values in _effective(conditions))


def limits_account(conditions: Conditions) -> bool:
    """Whether a statement for a whole account, or for an issuer of tokens, is closed to most of its callers."""
    return any(
        _limits(key, values) or (WITHIN_ACCOUNT.fullmatch(key) and all(_is_literal(value) for value in values))
        for key, values in _effective(conditions)
    ) or _asks_for_mfa(conditions)


def limits_resources(conditions: Conditions) -> bool:
    """Whether a permission on all of an account's resources is limited by their tags, their function or the request.

    An event source of Lambda has a name that Lambda draws; what limits it is its function, by a name's beginning at
    least: https://docs.aws.amazon.com/lambda/latest/dg/permissions-user-function.html.
    """
    return any(
        (re.fullmatch(r"(aws|\w+):(resourcetag|requesttag)/.+", key) and all(_is_literal(value) for value in values))
        or (key == "lambda:functionarn" and all(re.search(r":function:[^*?]{3}", value) for value in values))
        for key, values in _effective(conditions)
    )


def _effective(conditions: Conditions) -> Iterator[tuple[str, tuple[str, ...]]]:
    for operator, keys in conditions.items():
        if POSITIVE.fullmatch(operator.lower()):
            yield from ((key, values) for key, values in keys.items() if values)


def _limits(key: str, values: tuple[str, ...]) -> bool:
    """Whether each value, for one is enough to pass, leaves strangers out."""
    if key in ACCOUNTS:
        return all(_is_literal(value) for value in values)
    if key in ARNS:
        return all(value.startswith("arn:") and not is_strange_allowed(value) for value in values)
    return key in ADDRESSES and all(_is_small_network(value) for value in values)


def _is_literal(value: str) -> bool:
    """Whether a value has no wildcard, or only one behind at least eight literal characters."""
    return not has_wildcard(value) or (len(value.rstrip("*?")) >= 8 and not has_wildcard(value.rstrip("*?")))


def _is_small_network(value: str) -> bool:
    try:
        network = ipaddress.ip_network(value, strict=False)
    except ValueError:
        return False
    return network.prefixlen >= (WIDEST_V4 if network.version == 4 else WIDEST_V6)


def _asks_for_mfa(conditions: Conditions) -> bool:
    return any(
        operator.lower() == "bool"
        and [value.lower() for value in keys.get("aws:multifactorauthpresent", ())] == ["true"]
        for operator, keys in conditions.items()
    )
