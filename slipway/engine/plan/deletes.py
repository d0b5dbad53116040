"""The decision which resources are deleted in the end, in which order: what nothing needs any more goes first."""

from collections.abc import Iterable

from slipway.engine.checkpoint.state import Resource
from slipway.engine.errors import EngineError
from slipway.engine.plan.graph import Graph
from slipway.engine.plan.ops import StepOp
from slipway.engine.plan.planning import Planning
from slipway.engine.plan.replacement import dependents_to_replace
from slipway.engine.plan.steps import Step


def plan_deletes(planning: Planning) -> list[list[Step]]:
    """Layers of steps, to be done one layer after the other. Raises :class:`EngineError` for what is not targeted."""
    progress = planning.progress
    doomed = [resource for resource in progress.old if _is_doomed(planning, resource)]
    registered = list(progress.to_delete)
    if planning.options.targets:
        allowed = _allowed(planning)
        doomed = [resource for resource in doomed if resource.urn in allowed]
        registered = [resource for resource in registered if resource.urn in allowed]
        _refuse_untargeted(planning, [*doomed, *registered])
    elif planning.options.excludes:
        forbidden = _forbidden(planning)
        doomed = [resource for resource in doomed if resource.urn not in forbidden]
        registered = [resource for resource in registered if resource.urn not in forbidden]
    progress.deleted |= {resource.urn for resource in (*doomed, *registered)}
    graph = Graph([*registered, *progress.old]) if registered else progress.graph
    return [[_delete(planning, resource) for resource in layer] for layer in graph.layers([*registered, *doomed])]


def unaffected(layer: Iterable[Step], failures: Iterable[Step], planning: Planning) -> list[Step]:
    """The steps of a layer whose resource is not needed by one that could not be deleted."""
    needed: set[int] = set()
    urns: set[str] = set()
    for failed in failures:
        for resource in (failed.old, failed.new):
            if resource is not None:
                needed |= planning.progress.graph.all_needs(resource)
                urns |= {urn for _, urn in resource.relations()} if resource in planning.progress.to_delete else set()
    return [step for step in layer if id(step.subject) not in needed and step.urn not in urns]


def _is_doomed(planning: Planning, resource: Resource) -> bool:
    progress = planning.progress
    if resource.viewOf:
        return False  # its owner's provider deletes it with the owner
    if resource.delete:
        return id(resource) not in progress.deleted_first
    return progress.aliased.get(resource.urn, resource.urn) not in progress.kept


def _delete(planning: Planning, resource: Resource) -> Step:
    op = StepOp.DELETE_REPLACED if resource.delete else StepOp.DELETE
    if resource.external:
        op = StepOp.DISCARD_REPLACED if resource.delete else StepOp.DISCARD
    elif resource.pendingReplacement and not resource.delete:
        op = StepOp.REMOVE_PENDING_REPLACE
    return Step(
        op,
        resource,
        provider=planning.providers.for_resource(resource),
        goes_with=resource.deletedWith in planning.progress.deleted,
    )


def _allowed(planning: Planning) -> set[str]:
    """The targets, what depends on them, their children, and what would be replaced along with those."""
    progress = planning.progress
    allowed: dict[str, Resource] = {}
    for resource in progress.old:
        if planning.options.targets.contains(resource.urn):
            for dependent in (resource, *progress.graph.depending_on(resource, children=True)):
                allowed[dependent.urn] = dependent
    for resource in list(allowed.values()):
        allowed |= {dependent.urn: dependent for dependent, _ in dependents_to_replace(planning, resource)}
    return set(allowed)


def _forbidden(planning: Planning) -> set[str]:
    """What is excluded and all that it needs; with ``--exclude-dependents`` what depends on those, too."""
    progress, options = planning.progress, planning.options
    forbidden: dict[int, Resource] = {}
    frontier = [resource for resource in progress.old if options.excludes.contains(resource.urn)]
    while frontier:
        resource = frontier.pop()
        if id(resource) in forbidden:
            continue
        forbidden[id(resource)] = resource
        frontier += progress.graph.needs(resource)
        if options.exclude_dependents:
            frontier += progress.graph.depending_on(resource, children=True)
    return {resource.urn for resource in forbidden.values()}


def _refuse_untargeted(planning: Planning, doomed: list[Resource]) -> None:
    outside = [resource.urn for resource in doomed if not planning.options.targets.contains(resource.urn)]
    if not outside or planning.options.dependents:
        return
    planning.progress.failed = True
    problem = "\n".join(
        f"Resource '{urn}' will be destroyed but was not specified in --target list. "
        "Either include resource in --target list or pass --target-dependents to proceed."
        for urn in outside
    )
    if not planning.options.preview:
        raise EngineError(problem)
    planning.tell("error", "", problem)
