"""What a stack as a whole owes: ceilings, a budget, protection of what cannot be made again."""

from collections.abc import Iterator

from policy.model import Context, Resource, StackFault, rule, stack_rule
from policy.rules.aws_services import option_of
from policy.values import Value, fault, readable
from slipway.catalog.table import CATALOG

HOLD_DATA = tuple(row.type for row in CATALOG.values() if row.holds_data and not row.data_expires)

CEILINGS = {
    "gcp:cloudrunv2/service:Service": ("template.scaling.maxInstanceCount", "scaling.maxInstanceCount"),
    "gcp:dataflow/job:Job": ("maxWorkers",),
    "gcp:dataflow/flexTemplateJob:FlexTemplateJob": ("maxWorkers",),
    "gcp:appengine/standardAppVersion:StandardAppVersion": (
        "automaticScaling.standardSchedulerSettings.maxInstances",
        "basicScaling.maxInstances",
        "manualScaling.instances",
    ),
    "aws:elasticbeanstalk/environment:Environment": ("aws:autoscaling:asg MaxSize",),
}
"""What scales by itself, and where its ceiling may stand: a path, or a setting's namespace and name."""

BUDGETS = {
    "gcp": ("gcp:billing/budget:Budget", "thresholdRules"),
    "aws": ("aws:budgets/budget:Budget", "notifications"),
}
"""Cloud → its budget, and where the budget says when to alert."""


@rule(
    "stack-instance-ceilings", source="house rule", remedy="Set the most instances or workers.", types=tuple(CEILINGS)
)
def ceiling(resource: Resource, context: Context) -> Iterator[str]:
    """What scales has a ceiling.

    A budget alerts, it does not cap; the ceiling does.

    A number of instances is named, and it is not over the stack's limit.
    """
    paths = CEILINGS[resource.type]
    actual = next((value for path in paths if (value := _given(resource, path)) is not None), None)
    allowed = f"1 to {context.max_instances}"
    if actual is None:
        yield fault(paths[0], None, allowed)
    elif readable(actual) and not 1 <= _number(actual) <= context.max_instances:
        yield fault("the most instances", actual, allowed)


def _number(value: Value) -> float:
    """The number, also of one that is written as text; 0 for what is none."""
    try:
        return float(value)
    except (TypeError, ValueError):
        return 0


def _given(resource: Resource, path: str) -> Value:
    namespace, _, name = path.partition(" ")
    return option_of(resource, namespace, name) if name else resource.get(path)


@rule(
    "stack-production-protected",
    source="house rule",
    remedy="Set protect on the resource or its component.",
    types=HOLD_DATA,
)
def protected(resource: Resource, context: Context) -> Iterator[str]:
    """Production's stateful resources are protected.

    A renamed component must not take the data with it.

    In production no plan can delete what holds data.
    """
    if context.production and not resource.protect:
        yield fault("the option protect", False, "true where the stack is production")


@stack_rule("stack-budget-present", source="house rule", remedy="Declare the budget with its alerts.")
def budget_present(resources: tuple[Resource, ...], context: Context) -> Iterator[StackFault]:
    """Real stacks have a budget.

    An alert tells you of a mistake before the invoice does.

    Each cloud that a real stack uses has a budget that alerts somebody.
    """
    if context.sandbox:
        return
    for cloud, (budget, alerts) in BUDGETS.items():
        used = any(resource.type.startswith(f"{cloud}:") for resource in resources)
        budgets = [resource for resource in resources if resource.type == budget]
        if used and not budgets:
            yield None, fault(f"the budget of {cloud}", None, f"{budget} with alerts")
        for one in budgets:
            if one.get(alerts) in (None, []):
                yield one, fault(alerts, None, "one at least")


RULES = (
    ceiling,
    protected,
    budget_present,
)
