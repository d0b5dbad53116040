"""Replacing a resource: the new one first, or the old one first and with it everything that could not stay."""

from typing import TYPE_CHECKING

from slipway.engine.checkpoint.state import Resource
from slipway.engine.errors import EngineError
from slipway.engine.plan import diffs, opinions
from slipway.engine.plan.steps import Registration, Step
from slipway.engine.providers.protocol import Diff, Serves
from slipway.engine.values import urn as urns
from slipway.wire.signatures import UNKNOWN

if TYPE_CHECKING:
    from slipway.engine.plan.planner import Planner


def steps(
    planner: "Planner", registration: Registration, old: Resource, new: Resource, served: Serves | None, diff: Diff
) -> list[Step]:
    """The steps of a replacement. Raises :class:`EngineError` where it is not allowed."""
    goal, urn = registration.goal, registration.urn
    if new.protect and old.protect:
        planner.refuse(
            urn,
            f'unable to replace resource "{urn}"\nas it is currently marked for protection. To unprotect the resource, '
            "remove the `protect` flag from the resource in your Pulumi program and run `pulumi up`",
        )
    if goal.id:
        told = (
            "previously-imported resources that still specify an ID may not be replaced; "
            "please remove the `import` declaration from your program"
        )
        if not planner.options.preview:
            raise EngineError(told)
        planner.tell("warning", urn, told)
    planner.replaced.add(urn)
    if served is not None and not planner.options.replace.contains(urn):
        opinions.check(planner, new, served, goal.inputs, None)
    first = diff.delete_first if goal.delete_before_replace is None else goal.delete_before_replace
    why = {"keys": diff.replace, "diffs": diff.changed, "detailed": diff.detailed}
    if not first:
        return [
            Step("create-replacement", old, new, registration, served, pending_delete=True, **why),
            Step("replace", old, new, pending_delete=True, **why),
        ]
    dependents = reversed(dependents_to_replace(planner, old))
    deletes = [_delete_dependent(planner, item, urn) for item in dependents if id(item) not in planner.deleted_first]
    if not old.pendingReplacement:
        deletes.append(_delete_first(planner, old))
    return [
        *deletes,
        Step("replace", old, new, **why),
        Step("create-replacement", old, new, registration, served, **why),
    ]


def _delete_dependent(planner: "Planner", dependent: Resource, because: str) -> Step:
    if dependent.protect and not dependent.delete:
        planner.failed = True
        raise EngineError(
            f'unable to replace resource "{dependent.urn}" as part of replacing "{because}" as it is currently marked '
            "for protection. To unprotect the resource, remove the `protect` flag from the resource in your Pulumi "
            f"program and run `pulumi up`, or use the command:\n`pulumi state unprotect '{dependent.urn}'`"
        )
    step = _delete_first(planner, dependent)
    planner.deleted[dependent.urn] = True
    planner.deleted_first.add(id(dependent))
    return step


def _delete_first(planner: "Planner", old: Resource) -> Step:
    served = planner.providers.for_resource(old)
    goes_with = planner.deleted.get(old.deletedWith, False)
    return Step("delete-replaced", old, None, provider=served, pending_replacement=not old.delete, goes_with=goes_with)


def dependents_to_replace(planner: "Planner", root: Resource) -> list[Resource]:
    """What depends on ``root`` and would be replaced if ``root`` were: in the order of the state."""
    replaced, found = {root.urn}, []
    for dependent in planner.graph.depending_on(root, ignore=planner.seen):
        if _would_be_replaced(planner, dependent, replaced):
            found.append(dependent)
            replaced.add(dependent.urn)
    return found


def _would_be_replaced(planner: "Planner", resource: Resource, replaced: set[str]) -> bool:
    if not resource.custom or resource.external:
        return False
    if resource.provider and urns.provider_urn(resource.provider) in replaced:
        planner.providers.ensure(resource.provider)
        return True
    changing = {
        name for name, others in resource.propertyDependencies.items() if not replaced.isdisjoint(others)
    } & resource.inputs.keys()
    if not changing:
        return False
    inputs = {name: UNKNOWN if name in changing else value for name, value in resource.inputs.items()}
    if urns.is_provider_type(resource.type):
        planner.providers.same(resource)
    served = planner.providers.for_resource(resource)
    assert served is not None
    return served.diff(diffs.subject(resource, resource.urn, inputs, (), preview=True)).replaces()
