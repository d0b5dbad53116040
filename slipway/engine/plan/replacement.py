"""The decision how a resource is replaced: the new one first, or the old one first and with it all that cannot stay."""

from slipway.engine.checkpoint.state import Resource
from slipway.engine.errors import EngineError
from slipway.engine.plan import diffs
from slipway.engine.plan.checks import checked_inputs
from slipway.engine.plan.difference import is_replaced_on_demand
from slipway.engine.plan.ops import StepOp
from slipway.engine.plan.planning import Planning
from slipway.engine.plan.steps import Registration, Step
from slipway.engine.providers.protocol import Diff, Serves
from slipway.engine.values import urn as urns
from slipway.wire.signatures import UNKNOWN


def replacement_steps(
    planning: Planning, registration: Registration, old: Resource, new: Resource, served: Serves | None, diff: Diff
) -> list[Step]:
    """The steps of a replacement. Raises :class:`EngineError` where it is not allowed."""
    goal = registration.goal
    _refuse(planning, registration, old, new)
    planning.progress.replaced.add(new.urn)
    if served is not None and not is_replaced_on_demand(planning, new.urn, old):
        new.inputs = checked_inputs(planning, new, served, goal.inputs, None)
    first = diff.delete_first if goal.delete_before_replace is None else goal.delete_before_replace
    keys, detailed = diff.replace, diff.detailed
    if not first:
        create, replace = StepOp.CREATE_REPLACEMENT, StepOp.REPLACE
        return [
            Step(create, old, new, registration, served, keys, diff.changed, detailed, pending_delete=True),
            Step(replace, old, new, keys=keys, diffs=diff.changed, detailed=detailed, pending_delete=True),
        ]
    return [
        *_deletes_first(planning, old),
        Step(StepOp.REPLACE, old, new, keys=keys, diffs=diff.changed, detailed=detailed),
        Step(StepOp.CREATE_REPLACEMENT, old, new, registration, served, keys, diff.changed, detailed),
    ]


def replaced_again(planning: Planning, registration: Registration, old: Resource, new: Resource) -> list[Step]:
    """The steps of a resource that was deleted along with something that it depends on, and is wanted still."""
    progress = planning.progress
    progress.deleted.discard(new.urn)
    progress.replaced.add(new.urn)
    progress.kept.add(new.urn)
    keys, served = progress.replace_keys.get(new.urn, ()), planning.providers.for_resource(new)
    return [
        Step(StepOp.REPLACE, old, new),
        Step(StepOp.CREATE_REPLACEMENT, old, new, registration, served, keys),
    ]


def _refuse(planning: Planning, registration: Registration, old: Resource, new: Resource) -> None:
    if new.protect and old.protect and not planning.options.ignore_protect:
        planning.refuse(
            new.urn,
            f'unable to replace resource "{new.urn}"\nas it is currently marked for protection. To unprotect the '
            "resource, remove the `protect` flag from the resource in your Pulumi program and run `pulumi up`",
        )
    if registration.goal.id:
        problem = (
            "previously-imported resources that still specify an ID may not be replaced; "
            "please remove the `import` declaration from your program"
        )
        if not planning.options.preview:
            raise EngineError(problem)
        planning.tell("warning", new.urn, problem)


def _deletes_first(planning: Planning, old: Resource) -> list[Step]:
    """The deletion of what depends on a resource and would be replaced with it, and then its own."""
    progress = planning.progress
    along = dict(dependents_to_replace(planning, old)) if progress.graph.holds(old) else {}
    touched = progress.touched()
    for resource in progress.old:
        tied = old.urn in (*resource.replaceWith, resource.deletedWith)
        if tied and not resource.delete and resource.urn not in touched:
            along.setdefault(resource, ())
    dependents = [
        dependent for dependent in progress.graph.dependents_first(along) if id(dependent) not in progress.deleted_first
    ]
    for dependent in dependents:
        _refuse_protected(planning, dependent, old.urn)
        progress.replace_keys[dependent.urn] = along[dependent]
        progress.deleted.add(dependent.urn)
        progress.deleted_first.add(id(dependent))
    if old.pendingReplacement:  # its provider has deleted it
        return [_delete_first(planning, dependent) for dependent in dependents]
    progress.deleted.add(old.urn)
    return [_delete_first(planning, resource) for resource in (*dependents, old)]


def _refuse_protected(planning: Planning, dependent: Resource, because: str) -> None:
    if dependent.protect and not dependent.delete and not planning.options.ignore_protect:
        planning.progress.failed = True
        raise EngineError(
            f'unable to replace resource "{dependent.urn}" as part of replacing "{because}" as it is currently marked '
            "for protection. To unprotect the resource, remove the `protect` flag from the resource in your Pulumi "
            f"program and run `pulumi up`, or use the command:\n`pulumi state unprotect '{dependent.urn}'`"
        )


def _delete_first(planning: Planning, old: Resource) -> Step:
    return Step(
        StepOp.DELETE_REPLACED,
        old,
        provider=planning.providers.for_resource(old),
        pending_replacement=not old.delete,
        goes_with=old.deletedWith in planning.progress.deleted,
    )


def dependents_to_replace(planning: Planning, root: Resource) -> list[tuple[Resource, tuple[str, ...]]]:
    """What depends on ``root`` and would be replaced if ``root`` were, with the properties that replace it.

    In the order of the state.
    """
    replaced: set[str] = {root.urn}
    dependents = []
    touched = planning.progress.touched() - {root.urn}
    for dependent in planning.progress.graph.depending_on(root, ignore=touched):
        keys = _replacing_keys(planning, dependent, replaced)
        if keys is not None:
            dependents.append((dependent, keys))
            replaced.add(dependent.urn)
    return dependents


def _replacing_keys(planning: Planning, resource: Resource, replaced: set[str]) -> tuple[str, ...] | None:
    """The properties for which a resource would be replaced; None where it would not."""
    if not resource.custom or resource.external:
        return None
    if resource.provider and urns.provider_urn(resource.provider) in replaced:
        planning.providers.ensure(resource.provider)
        return ()
    if resource.deletedWith in replaced:
        return ()
    changing = {
        name for name, others in resource.propertyDependencies.items() if not replaced.isdisjoint(others)
    } & resource.inputs.keys()
    if not changing:
        return None
    inputs = {name: UNKNOWN if name in changing else value for name, value in resource.inputs.items()}
    if urns.is_provider_type(resource.type):
        planning.providers.same(resource)
    served = planning.providers.for_resource(resource)
    if served is None:
        raise ValueError(f"the custom resource {resource.urn} has no provider")
    diff = served.diff(diffs.subject(resource, resource.urn, inputs, tuple(resource.ignoreChanges), preview=True))
    diff = diffs.with_replace_on_changes(diff, resource.replaceOnChanges, ())
    return diff.replace if diff.replaces() else None
