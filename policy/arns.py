"""How much of AWS a Resource pattern covers: it is tried on resources of which no stack has ever heard."""

import string
from collections.abc import Iterable, Iterator
from enum import IntEnum

from policy.globs import has_wildcard, matches
from policy.known import Granted, service

MIDDLE = string.ascii_lowercase + string.digits
STRANGE = f"~7{MIDDLE}7~"
"""A name with every letter in it and none at its ends: ``*a*`` matches it, ``*-prod``, ``a*`` and ``my-*`` do not."""
ACCOUNT, REGION = "908070605040", "strange-region-7"


class Breadth(IntEnum):
    """What a list of patterns covers."""

    NAMED = 0
    """Resources whose names it says, or begins."""
    ACCOUNT = 1
    """All resources of a type that one account has."""
    EVERYTHING = 2
    """Resources of any account."""


def breadth(patterns: Iterable[str], actions: Iterable[Granted]) -> Breadth:
    """The most that the patterns cover of what the actions act on."""
    patterns, formats = list(patterns), [*_formats(actions)]
    wild = [pattern for pattern in patterns if has_wildcard(pattern)]
    if any(_matches_any(wild, _probe(form, ACCOUNT, REGION, STRANGE)) for form in formats):
        return Breadth.EVERYTHING
    if wild and any(_by_first_letters(wild, form) for form in formats):
        return Breadth.EVERYTHING
    for pattern in wild:
        region, account = _place(pattern)
        if any(_matches_any([pattern], _probe(form, account, region, STRANGE)) for form in formats):
            return Breadth.ACCOUNT
    return Breadth.NAMED


def is_strange_allowed(pattern: str) -> bool:
    """Whether a pattern for a caller's ARN lets callers of a foreign account pass."""
    if not has_wildcard(pattern):
        return False
    fields = pattern.split(":")
    account = fields[4] if len(fields) > 5 else "*"
    if account:
        return has_wildcard(account)
    # An ARN without an account, as S3 has them: what is literal of the name has to tell.
    return matches(pattern, ":".join([*fields[:5], STRANGE])) or matches(
        pattern, ":".join([*fields[:5], f"{STRANGE}/x"])
    )


def _formats(actions: Iterable[Granted]) -> Iterator[str]:
    for action in actions:
        actions_of_service = service(action.prefix)
        if action.scoped:
            yield from (
                actions_of_service.arns
                if actions_of_service and actions_of_service.arns
                else (f"arn:{{}}:{action.prefix}:{{}}:{{}}:{{}}",)
            )


def _probe(form: str, account: str, region: str, name: str) -> str:
    """An ARN of the form; its first five fields are partition, service, region and account."""
    head, tail = form.split(":")[:5], form.split(":")[5:]
    fields = [
        "aws" if number == 1 else region if number == 3 and field else account if number == 4 and field else field
        for number, field in enumerate(head)
    ]
    return ":".join([*fields, *tail]).replace("{}", name)


def _place(pattern: str) -> tuple[str, str]:
    """The region and account that the pattern itself names, or strange ones if it names none."""
    fields = pattern.split(":")
    region, account = (fields[3], fields[4]) if len(fields) > 5 else ("", "")
    return (region if region and not has_wildcard(region) else REGION), (
        account if account and not has_wildcard(account) else ACCOUNT
    )


def _by_first_letters(patterns: list[str], form: str) -> bool:
    """Whether the patterns together cover a name of every first letter, each of them only a part."""
    if len(patterns) < len(string.ascii_lowercase) // 2:
        return False
    region, account = _place(patterns[0])
    return all(
        _matches_any(patterns, _probe(form, account, region, f"{letter}{STRANGE}")) for letter in string.ascii_lowercase
    )


def _matches_any(patterns: Iterable[str], arn: str) -> bool:
    return any(matches(pattern.strip(), arn) for pattern in patterns)
