"""Asks every rule that speaks of a resource; pure, so a preview, a review and the CLI's pack get the same answer."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase
from itertools import islice

from policy.exceptions import PolicyException, excuse
from policy.model import AnyRule, Context, Finding, Resource, Rule, StackRule
from policy.table import RULES
from policy.values import SECRET, Value, unreadable


def evaluate(
    resources: Iterable[Resource], context: Context, exceptions: Sequence[PolicyException] = ()
) -> list[Finding]:
    """The findings about `resources` in the table's order, less those excused today, and those about `exceptions`."""
    everything = tuple(resources)
    findings = [finding for rule in RULES for finding in judge(rule, everything, context)]
    return list(excuse(findings, exceptions, context.today))


def judge(
    rule: AnyRule, resources: tuple[Resource, ...], context: Context, *, resolved: bool = True, unread: bool = True
) -> Iterator[Finding]:
    """What one rule finds, exceptions not regarded: of what is ``resolved``, and of what is ``unread`` at worst."""
    for resource, fault in _faults(rule, resources, context, resolved=resolved, unread=unread):
        subject = f"{resource.type} '{resource.name}'" if resource else f"stack '{context.stack}'"
        yield Finding(
            rule=rule.id,
            level=rule.level,
            urn=resource.urn if resource else "",
            message=f"{subject}: {fault}. {rule.remedy}",
        )


def _faults(
    rule: AnyRule, resources: tuple[Resource, ...], context: Context, *, resolved: bool, unread: bool
) -> Iterator[tuple[Resource | None, str]]:
    match rule:
        case StackRule():
            yield from rule.check(resources, context) if resolved else ()
        case Rule():
            for resource in resources:
                if any(fnmatchcase(resource.type, pattern) for pattern in rule.types):
                    faults = list(rule.check(resource, context))
                    yield from ((resource, fault) for fault in faults if resolved)
                    if not faults and unread:
                        yield from ((resource, fault) for fault in at_worst(rule, resource, context))


def at_worst(rule: Rule, resource: Resource, context: Context) -> Iterator[str]:
    """The faults of a resource if what cannot be read of it is the worst that it could be, one for each property.

    A value that is computed from other resources of the stack is left out: it is one of their identifiers.
    """
    for name, value in resource.props.items():
        if rule.worst and not resource.property_dependencies.get(name):
            yield from islice(_worst(rule, resource, context, name, value), 1)


def _worst(rule: Rule, resource: Resource, context: Context, name: str, value: Value) -> Iterator[str]:
    for mark, key, put in unreadable(value, name):
        why = "is a secret" if mark is SECRET else "is not known until deployed"
        for worst in (one for pattern, all in rule.worst.items() if re.fullmatch(pattern, key) for one in all):
            tried = replace(resource, props={**resource.props, name: put(worst)})
            if fault := next(iter(rule.check(tried, context)), ""):
                yield f"{name} {why}, and at worst {fault}"
