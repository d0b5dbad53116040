"""Which resources are to be deleted in the end, and in which order: what nothing needs any more goes first."""

from collections.abc import Iterable

from slipway.engine.checkpoint.state import Resource
from slipway.engine.errors import EngineError
from slipway.engine.plan.planner import Planner
from slipway.engine.plan.replacement import dependents_to_replace
from slipway.engine.plan.steps import Step


def plan_deletes(planner: Planner) -> list[list[Step]]:
    """Layers of steps, to be done one layer after the other. Raises :class:`EngineError` for what is not targeted."""
    doomed = {id(resource): resource for resource in planner.old if _is_doomed(planner, resource)}
    if planner.options.targets:
        allowed = _allowed(planner)
        doomed = {key: resource for key, resource in doomed.items() if resource.urn in allowed}
        outside = [item.urn for item in doomed.values() if not planner.options.targets.contains(item.urn)]
        if outside and not planner.options.dependents:
            planner.failed = True
            told = "\n".join(
                f"Resource '{urn}' will be destroyed but was not specified in --target list. "
                "Either include resource in --target list or pass --target-dependents to proceed."
                for urn in outside
            )
            if not planner.options.preview:
                raise EngineError(told)
            planner.tell("error", "", told)
    for resource in doomed.values():
        planner.deleted[resource.urn] = True
    return [[_delete(planner, resource) for resource in layer] for layer in planner.graph.layers(list(doomed.values()))]


def unaffected(layer: Iterable[Step], failures: Iterable[Step], planner: Planner) -> list[Step]:
    """The steps of a layer whose resource is not needed by one that could not be deleted."""
    needed: set[int] = set()
    for failed in failures:
        for resource in (failed.old, failed.new):
            if resource is not None:
                needed |= planner.graph.all_needs(resource)
    return [step for step in layer if id(step.subject) not in needed]


def _is_doomed(planner: Planner, resource: Resource) -> bool:
    if resource.delete:
        return id(resource) not in planner.deleted_first
    return planner.aliased.get(resource.urn, resource.urn) not in planner.kept


def _delete(planner: Planner, resource: Resource) -> Step:
    served = planner.providers.for_resource(resource)
    goes_with = bool(resource.deletedWith) and planner.deleted.get(resource.deletedWith, False)
    op = "delete-replaced" if resource.delete else "delete"
    if resource.external:
        op = "discard-replaced" if resource.delete else "discard"
    elif resource.pendingReplacement and not resource.delete:
        op = "remove-pending-replace"
    return Step(op, resource, None, provider=served, goes_with=goes_with)


def _allowed(planner: Planner) -> set[str]:
    """The targets, what depends on them, their children, and what would be replaced along with those."""
    found: dict[str, Resource] = {}
    for resource in planner.old:
        if planner.options.targets.contains(resource.urn):
            for item in (resource, *planner.graph.depending_on(resource, children=True)):
                found[item.urn] = item
    for item in list(found.values()):
        found |= {other.urn: other for other in dependents_to_replace(planner, item)}
    return set(found)
