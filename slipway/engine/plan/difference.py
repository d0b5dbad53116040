"""The decision what is different about a resource: the options' and the provider's, by Diff."""

from slipway.engine.checkpoint.state import Resource
from slipway.engine.errors import EngineError
from slipway.engine.plan import diffs
from slipway.engine.plan.planning import Planning
from slipway.engine.plan.steps import Goal
from slipway.engine.providers.protocol import Diff, ProviderError, Serves, Subject
from slipway.engine.values import urn as urns
from slipway.wire.values import bare, has_unknowns, same


def difference(planning: Planning, goal: Goal, old: Resource, new: Resource, served: Serves | None) -> Diff:
    """What changes of a resource, and whether it is replaced for that.

    Raises :class:`EngineError` for a replacement trigger that an operation cannot know.
    """
    if has_unknowns(goal.replacement_trigger) and not planning.options.preview:
        raise EngineError(f"replacement trigger contains unknowns for {new.urn}")
    if _is_triggered(goal, old):
        diff = Diff(True, triggered=True)
    else:
        diff = _by_option(planning, old, new) or _by_provider(planning, goal, old, new, served)
    return diffs.with_replace_on_changes(diff, goal.replace_on_changes, old.initErrors)


def is_replaced_on_demand(planning: Planning, urn: str, old: Resource | None) -> bool:
    """Whether the resource is replaced whatever its provider says: named by ``--replace``, or marked as tainted."""
    return planning.options.replace.contains(urn) or (old is not None and old.taint)


def _is_triggered(goal: Goal, old: Resource) -> bool:
    """Whether the trigger changed; one that is unknown may, and one that is new or taken away did not."""
    now, before = bare(goal.replacement_trigger), bare(old.replacementTrigger)
    if has_unknowns(now) or has_unknowns(before):
        return True
    return now is not None and before is not None and not same(now, before)


def _by_option(planning: Planning, old: Resource, new: Resource) -> Diff | None:
    replaced = planning.progress.replaced
    if is_replaced_on_demand(planning, new.urn, old):
        return Diff(True, replace=("id",))
    if not replaced.isdisjoint(new.replaceWith):
        return Diff(True, replace=("replaceWith",))
    if new.deletedWith in replaced:
        return Diff(True, replace=("deletedWith",))
    return Diff(True, replace=("provider",)) if _provider_changed(planning, old, new) else None


def _by_provider(planning: Planning, goal: Goal, old: Resource, new: Resource, served: Serves | None) -> Diff:
    if served is None:
        return Diff(not same(old.inputs, new.inputs))
    try:
        return diffs.ask(served, old, new.urn, new.inputs, goal.ignore_changes, preview=planning.options.preview)
    except ProviderError as error:
        if not error.unavailable_diff:
            raise
        planning.tell("warning", new.urn, str(error))
        return Diff(True)


def _provider_changed(planning: Planning, old: Resource, new: Resource) -> bool:
    """Whether another provider serves the resource now, and says that it cannot take it over."""
    if old.provider == new.provider:
        return False
    if not old.provider or not new.provider:
        return True
    progress = planning.progress
    before, after = urns.provider_urn(old.provider), urns.provider_urn(new.provider)
    if progress.aliased.get(before) == after:
        return False
    was, now = progress.olds.get(before), progress.providers.get(after)
    if was is None or now is None:
        return False
    subject = Subject(after, now.id, was.inputs, was.outputs, now.inputs, preview=True)
    return planning.providers.diff(subject).replaces()
