"""What a provider says of a resource that the program wants: whether it is valid, and what a change of it means."""

from dataclasses import replace
from typing import TYPE_CHECKING

from slipway.engine.checkpoint.state import Resource
from slipway.engine.errors import EngineError
from slipway.engine.plan import diffs
from slipway.engine.plan.interrupted import names_kept
from slipway.engine.plan.steps import Goal
from slipway.engine.providers.protocol import Diff, ProviderError, Serves, Subject
from slipway.engine.values import urn as urns
from slipway.wire.signatures import UNKNOWN
from slipway.wire.values import Props, masked, same

if TYPE_CHECKING:
    from slipway.engine.plan.planner import Planner


class InvalidError(EngineError):
    """A resource that cannot be planned; what is wrong with it has been told already."""


def check(planner: "Planner", new: Resource, served: Serves, inputs: Props, old: Resource | None) -> None:
    """Let the provider check ``inputs`` and complete ``new`` with them. Raises :class:`InvalidError`."""
    subject = Subject(new.urn, inputs=inputs, old_inputs=old.inputs if old else {}, preview=planner.options.preview)
    checked = served.check(subject, keep_old=old is not None)
    for name, reason in checked.failures:
        shown = f" = {masked(checked.inputs.get(name))!r}" if name in checked.inputs else ""
        told = f"property {name}{shown} has a problem: {reason}" if name else f"is invalid: {reason}"
        planner.tell("error", new.urn, f"{new.type} resource '{urns.name_of(new.urn)}': {told}")
    if checked.failures:
        raise InvalidError(f"resource {new.urn} is invalid")
    interrupted = planner.interrupted.get(new.urn) if old is None else None
    new.inputs = names_kept(inputs, checked.inputs, interrupted) if interrupted else checked.inputs


def difference(planner: "Planner", goal: Goal, old: Resource, new: Resource, served: Serves | None) -> Diff:
    """What is to be done about an old resource: the provider's opinion, and what the options make of it."""
    diff = _provider_says(planner, goal, old, new, served)
    diff = diffs.with_replace_on_changes(diff, goal.replace_on_changes, old.initErrors)
    return _replaced_by_options(planner, diff, goal, old)


def _provider_says(planner: "Planner", goal: Goal, old: Resource, new: Resource, served: Serves | None) -> Diff:
    if planner.options.replace.contains(new.urn):
        return Diff(True, replace=("id",))
    if _provider_changed(planner, old, new):
        return Diff(True, replace=("provider",))
    if served is None:
        return Diff(not same(old.inputs, new.inputs))
    try:
        return diffs.ask(served, old, new.urn, new.inputs, goal.ignore_changes, preview=planner.options.preview)
    except ProviderError as error:
        if not error.unavailable_diff:
            raise
        planner.tell("warning", new.urn, str(error))
        return Diff(True)


def _replaced_by_options(planner: "Planner", diff: Diff, goal: Goal, old: Resource) -> Diff:
    """``replacement_trigger`` and ``replace_with`` make a replacement of what might be none."""
    if not same(goal.replacement_trigger, old.replacementTrigger) and goal.replacement_trigger != UNKNOWN:
        return replace(diff, some=True, replace=(*diff.replace, "replacementTrigger"))
    if any(other in planner.replaced for other in goal.replace_with):
        return replace(diff, some=True, replace=(*diff.replace, "replaceWith"))
    return diff


def _provider_changed(planner: "Planner", old: Resource, new: Resource) -> bool:
    """Whether another provider serves the resource now, and says that it cannot take it over."""
    if old.provider == new.provider:
        return False
    if not old.provider or not new.provider:
        return True
    before, after = urns.provider_urn(old.provider), urns.provider_urn(new.provider)
    if planner.aliased.get(before) == after:
        return False
    was, now = planner.olds.get(before), planner.current.get(after)
    if was is None or now is None:
        return False
    subject = Subject(after, now.id, was.inputs, was.outputs, now.inputs, preview=True)
    return planner.providers.diff(subject).replaces()
