"""Refresh: look at every resource in its cloud, put the state right, and settle what was interrupted."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from slipway.engine.checkpoint import state
from slipway.engine.checkpoint.state import Resource
from slipway.engine.errors import EngineError
from slipway.engine.operation.changes import keep_secrets
from slipway.engine.operation.operation import Operation
from slipway.engine.plan import diffs
from slipway.engine.plan.ops import StepOp
from slipway.engine.plan.steps import Step
from slipway.engine.plan.targets import Options
from slipway.engine.providers.protocol import Diff, ProviderError, Read, Subject
from slipway.engine.values import urn as urns
from slipway.wire.values import same, with_contents


def refresh_flagged(operation: Operation) -> None:
    """Refresh the resources that their provider asked to look at before each operation (``refreshBeforeUpdate``)."""
    if any(resource.refreshBeforeUpdate for resource in operation.machine.progress.old):
        refresh(operation, lambda resource: resource.refreshBeforeUpdate)


def refresh(operation: Operation, includes: Callable[[Resource], bool] = lambda resource: True) -> None:
    """Read every resource that the options and ``includes`` mean, and rebuild the state from what was found.

    A resource without an id is gone, and those that named it forget it. Components and providers are not read.
    """
    executor, registry, progress = operation.machine.executor, operation.machine.registry, operation.machine.progress
    options = operation.context.options
    if unknown := options.targets.unknown({resource.urn for resource in progress.old}):
        raise EngineError("\n".join(f"Target '{urn}' could not be found in the stack." for urn in unknown))
    chosen = [resource for resource in _chosen(progress.old, options) if includes(resource)]
    for resource in chosen:
        registry.ensure(resource.provider)
    outcomes: dict[int, Resource | None] = {}

    def look(resource: Resource) -> None:
        if not executor.stopped.is_set():
            outcomes[id(resource)] = _look(operation, resource)

    with ThreadPoolExecutor(max_workers=max(1, options.parallel), thread_name_prefix="refresh") as pool:
        list(pool.map(look, chosen))
    rebuilt = _rebuild([(resource, outcomes.get(id(resource), resource)) for resource in progress.old])
    _keep(operation, rebuilt)
    progress.rebase(rebuilt)


def _chosen(resources: list[Resource], options: Options) -> list[Resource]:
    """The resources that the options include; a view is looked at with its owner."""
    chosen, targeted, excluded = [], set[str](), set[str]()
    for resource in resources:
        if options.excludes and not options.targets:
            if options.is_excluded(resource, excluded):
                excluded.add(resource.urn)
                continue
        elif not options.is_target(resource, targeted):
            continue
        targeted.add(resource.urn)
        if not resource.viewOf:
            chosen.append(resource)
    return chosen


def _look(operation: Operation, old: Resource) -> Resource | None:
    """The resource as it is now: itself where nothing changed, None where it is gone."""
    step = Step(StepOp.REFRESH, old, old)
    display = operation.context.counter
    display.began(step)
    if not old.custom or urns.is_provider_type(old.type) or old.pendingReplacement:
        display.ended(replace(step, outcome=StepOp.SAME), "")
        return old
    try:
        new, diff = _read(operation, old)
    except ProviderError as error:
        operation.machine.executor.failed = True
        display.ended(step, str(error))
        return old
    changed = _changed(diff)
    outcome = StepOp.DELETE if new is None else StepOp.UPDATE if changed else StepOp.SAME
    display.ended(replace(step, new=new, diffs=changed, detailed=diff.detailed, outcome=outcome), "")
    return new


def _read(operation: Operation, old: Resource) -> tuple[Resource | None, Diff]:
    """The resource as it is now, and what changed of it; None where it is gone."""
    served = operation.machine.registry.for_resource(old)
    if served is None:
        raise ValueError(f"the custom resource {old.urn} has no provider")
    problems: list[str] = []
    try:
        answer = served.read(Subject(old.urn, old.id, old.inputs, old.outputs, old.inputs))
    except ProviderError as error:
        if error.partial is None:
            raise
        problems = error.partial.reasons
        problem = "Refreshed resource is in an unhealthy state:\n* " + "\n* ".join(problems)
        operation.context.counter.tell("warning", old.urn, problem)
        answer = Read(error.partial.id, error.partial.inputs, error.partial.outputs)
    if answer.outputs is None or not answer.id:
        return None, Diff(True)
    inputs = old.inputs if answer.inputs is None else with_contents(answer.inputs, old.inputs)
    outputs = with_contents(answer.outputs, old.outputs, old.inputs)
    new = replace(old, id=answer.id, inputs=inputs, outputs=outputs, initErrors=problems, key=0)
    if not (same(inputs, old.inputs) and same(outputs, old.outputs)):
        new.modified = state.now()
    if old.external:
        unchanged = same(old.outputs, new.outputs)
        keep_secrets(new)
        return new, Diff(not unchanged, changed=() if unchanged else ("outputs",))
    diff = diffs.ask(
        served, new, new.urn, old.inputs, tuple(old.ignoreChanges), preview=operation.context.options.preview
    )
    # After the comparison: what a provider reads is plain, and the state keeps as secret what the program wants to be.
    keep_secrets(new)
    return new, diffs.inverted(diff)


def _changed(diff: Diff) -> tuple[str, ...]:
    return diff.changed or diff.replace or (("something",) if diff.some else ())


def _rebuild(pairs: list[tuple[Resource, Resource | None]]) -> list[Resource]:
    """The list without what is gone: what depended on it or was its child does so no more."""
    rebuilt: list[Resource] = []
    there: set[str] = set()
    for old, current in pairs:
        if current is None:
            continue
        new = current if current is not old else replace(old)
        new.dependencies = [urn for urn in new.dependencies if urn in there]
        needs = {name: [urn for urn in urns if urn in there] for name, urns in new.propertyDependencies.items()}
        new.propertyDependencies = {name: urns for name, urns in needs.items() if urns}
        new.replaceWith = [urn for urn in new.replaceWith if urn in there]
        new.deletedWith = new.deletedWith if new.deletedWith in there else ""
        new.parent = new.parent if new.parent in there else ""
        new.key = 0
        there.add(new.urn)
        rebuilt.append(new)
    return rebuilt


def _keep(operation: Operation, rebuilt: list[Resource]) -> None:
    """Put the rebuilt resources in place of the old ones."""
    journal = operation.machine.journal
    if journal and not operation.context.options.preview:
        journal.restart(rebuilt)


def settle_pending(operation: Operation, adopted: dict[str, str], *, clear: bool) -> None:
    """Settle creations that were interrupted: adopt those with an id, and with ``clear`` forget the rest.

    Raises :class:`EngineError` for a URN that is not among them.
    """
    creating = {item.urn: item for what, item in operation.checkpoint.pending if what == "creating"}
    if strange := sorted(adopted.keys() - creating.keys()):
        raise EngineError(
            f"{strange[0]} is not a creation that was interrupted: {', '.join(creating) or 'there is none'}"
        )
    journal = operation.machine.journal
    if journal is None or operation.context.options.preview:
        return
    imported = []
    for urn, identity in adopted.items():
        resource = replace(creating[urn], id=identity, outputs=dict(creating[urn].inputs), key=0)
        operation.machine.registry.ensure(resource.provider)
        imported.append(resource)
    if imported:
        resources = _with_taken(operation.machine.progress.old, imported)
        journal.restart(resources)
        operation.machine.progress.rebase(resources)
    journal.forget_pending(None if clear else set(adopted))


def _with_taken(old: list[Resource], adopted: list[Resource]) -> list[Resource]:
    """``old`` and ``taken`` in an order in which everything stands after what it needs.

    One that was to replace an old resource takes its place, and the old one is to be deleted as it would have been.
    """
    by_urn = {resource.urn: resource for resource in adopted}
    rest: list[Resource] = []
    for resource in old:
        if resource.urn not in by_urn or resource.delete:
            rest.append(resource)
        elif not resource.pendingReplacement:
            rest.append(replace(resource, delete=True, key=0))
    living = {resource.urn: resource for resource in (*rest, *adopted) if not resource.delete}
    going = {resource.urn: resource for resource in rest if resource.delete}
    ordered: dict[int, Resource] = {}
    begun: set[int] = set()

    def put(resource: Resource) -> None:
        if id(resource) in begun:
            return
        begun.add(id(resource))
        needs = [urn for _, urn in resource.relations()]
        if resource.provider:
            needs.append(urns.provider_urn(resource.provider))
        for urn in needs:
            circular = urn in living and id(living[urn]) in begun and id(living[urn]) not in ordered
            needed = (going if circular else living).get(urn)
            if needed is not None:
                put(needed)
        ordered[id(resource)] = resource

    for resource in (*adopted, *rest):
        put(resource)
    return list(ordered.values())
