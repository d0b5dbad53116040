"""Asks every rule that speaks of a resource; pure, so a preview, a review and the CLI's pack get the same answer."""

from collections.abc import Iterable, Iterator, Sequence
from fnmatch import fnmatchcase

from policy.exceptions import PolicyException, excuse
from policy.model import AnyRule, Context, Finding, Resource, Rule, StackRule
from policy.table import RULES


def evaluate(
    resources: Iterable[Resource], context: Context, exceptions: Sequence[PolicyException] = ()
) -> list[Finding]:
    """The findings about `resources` in the table's order, less those excused today, and those about `exceptions`."""
    everything = tuple(resources)
    findings = [finding for rule in RULES for finding in judge(rule, everything, context)]
    return list(excuse(findings, exceptions, context.today))


def judge(rule: AnyRule, resources: tuple[Resource, ...], context: Context) -> Iterator[Finding]:
    """What one rule finds, exceptions not regarded."""
    for resource, fault in _faults(rule, resources, context):
        subject = f"{resource.type} '{resource.name}'" if resource else f"stack '{context.stack}'"
        yield Finding(
            rule=rule.id,
            level=rule.level,
            urn=resource.urn if resource else "",
            message=f"{subject}: {fault}. {rule.remedy}",
        )


def _faults(rule: AnyRule, resources: tuple[Resource, ...], context: Context) -> Iterator[tuple[Resource | None, str]]:
    match rule:
        case StackRule():
            yield from rule.check(resources, context)
        case Rule():
            for resource in resources:
                if any(fnmatchcase(resource.type, pattern) for pattern in rule.types):
                    yield from ((resource, fault) for fault in rule.check(resource, context))
