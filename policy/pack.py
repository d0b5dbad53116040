"""The rules as a CrossGuard pack: an analyzer the Pulumi CLI starts and asks about every resource, then about all."""

import os
from collections.abc import Iterable, Mapping
from datetime import date
from functools import partial

import pulumi.runtime
import pulumi_policy.policy  # pyright: ignore[reportMissingImports]  # in the pack's own environment alone
from pulumi_policy import (  # pyright: ignore[reportMissingImports]  # in the pack's own environment alone
    EnforcementLevel,
    PolicyPack,
    PolicyResource,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    StackValidationArgs,
    StackValidationPolicy,
)
from pulumi_policy.deserialize import (  # pyright: ignore[reportMissingImports]
    deserialize_properties,
    serialize_properties,
)

from policy.evaluation import judge
from policy.exceptions import BadException, PolicyException, about, parse
from policy.model import AnyRule, Context, Finding, Resource, Rule
from policy.table import BY_ID, RULES
from policy.values import Value, decoded

NAME = "slipway"
EXCEPTIONS = "policy-exceptions"
UNREAD = "policy-unread"


def serve() -> None:
    """Answer the CLI until it ends; the stack and its configuration come by the environment, as to a program."""
    # The SDK keeps the marks of secrets for what changes resources alone; a rule has to know what is sealed.
    pulumi_policy.policy.deserialize_properties = partial(deserialize_properties, proxy_secrets=True)
    config = pulumi.runtime.get_config_env()
    context = Context.from_config(os.environ.get("PULUMI_STACK", ""), config, date.today())
    try:
        exceptions, wrong = parse(decoded(config.get("policy:exceptions")), BY_ID), None
    except BadException as bad:
        exceptions, wrong = [], str(bad)
    PolicyPack(
        name=NAME,
        enforcement_level=EnforcementLevel.MANDATORY,
        policies=[
            *(_policy(rule, context, exceptions) for rule in RULES),
            _of_unread(context, exceptions),
            _of_exceptions(context, exceptions, wrong),
        ],
    )


def _policy(
    rule: AnyRule, context: Context, exceptions: list[PolicyException]
) -> ResourceValidationPolicy | StackValidationPolicy:
    """A rule as the pack's, under the same id and level."""

    def findings(resources: Iterable[Resource]) -> list[Finding]:
        judged = judge(rule, tuple(resources), context, unread=False)
        return [one for one in judged if not any(exception.covers(one, context.today) for exception in exceptions)]

    def of_resource(args: ResourceValidationArgs, report: ReportViolation) -> None:
        for finding in findings([_resource(args)]):
            report(finding.message, finding.urn)

    def of_stack(args: StackValidationArgs, report: ReportViolation) -> None:
        for finding in findings(_linked(resource) for resource in args.resources):
            report(finding.message, finding.urn or None)

    says = {
        "name": rule.id,
        "description": f"{rule.title}. {rule.rationale}",
        "enforcement_level": EnforcementLevel(rule.level),
        "display_name": rule.title,
        "remediation_steps": rule.remedy,
    }
    if isinstance(rule, Rule):
        return ResourceValidationPolicy(validate=of_resource, **says)
    return StackValidationPolicy(validate=of_stack, **says)


def _of_unread(context: Context, exceptions: list[PolicyException]) -> StackValidationPolicy:
    """What cannot be read yet and is computed from nothing of the stack: only the whole stack tells the two apart."""

    def validate(args: StackValidationArgs, report: ReportViolation) -> None:
        resources = tuple(_linked(resource) for resource in args.resources)
        for rule in RULES:
            for finding in judge(rule, resources, context, resolved=False):
                if not any(exception.covers(finding, context.today) for exception in exceptions):
                    report(finding.message, finding.urn or None)

    return StackValidationPolicy(
        name=UNREAD,
        description="What is not known until deployed, or is a secret, counts as the worst that it could be.",
        validate=validate,
        enforcement_level=EnforcementLevel.MANDATORY,
    )


def _of_exceptions(context: Context, exceptions: list[PolicyException], wrong: str | None) -> StackValidationPolicy:
    """What is wrong with the exceptions themselves, seen once all resources are."""

    def validate(args: StackValidationArgs, report: ReportViolation) -> None:
        if wrong:
            report(wrong, None)
        resources = tuple(_linked(resource) for resource in args.resources)
        excepted_rules = {exception.rule for exception in exceptions}
        findings = [
            finding for rule in RULES if rule.id in excepted_rules for finding in judge(rule, resources, context)
        ]
        for finding in about(findings, exceptions, context.today):
            if finding.level == "mandatory":
                report(finding.message, finding.urn or None)

    return StackValidationPolicy(
        name=EXCEPTIONS,
        description="Exceptions say why and until when, and have not ended.",
        validate=validate,
        enforcement_level=EnforcementLevel.MANDATORY,
    )


def _resource(args: ResourceValidationArgs | PolicyResource, **rest: Value) -> Resource:
    """The resource behind the SDK's proxies, which would raise at the first look at an unknown value."""
    provider: Mapping[str, Value] = serialize_properties(args.provider.props) if args.provider else {}
    return Resource.from_wire(
        type=args.resource_type,
        name=args.name,
        urn=args.urn,
        props=serialize_properties(args.props),
        provider=provider,
        protect=args.opts.protect,
        **rest,
    )


def _linked(resource: PolicyResource) -> Resource:
    """A resource of the whole stack, with what it depends on."""
    return _resource(
        resource,
        parent=resource.parent.urn if resource.parent else None,
        dependencies=tuple(one.urn for one in resource.dependencies),
        property_dependencies={
            key: tuple(one.urn for one in others) for key, others in resource.property_dependencies.items()
        },
    )
