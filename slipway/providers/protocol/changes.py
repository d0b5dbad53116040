"""What a change of inputs does to a resource, by the rules that Pulumi's bridge has for every provider.

    old and new inputs -> what differs -> update | replace | nothing -> whether the old one is deleted first

- An input that is left out equals its default (filled in at Check), an empty value, what the cloud has settled, and
  what the state says that it is; one that an import did not find equals its default too.
- The old resource is deleted before the new one is made where the program has given its name and keeps it: two of one
  name cannot be there (the bridge's ``nameRequiresDeleteBeforeReplace``).
- Outputs that follow from the inputs and the provider's configuration are compared with the state.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from slipway.providers.protocol import diff, wire
from slipway.providers.protocol.diff import Change
from slipway.providers.protocol.facts import Effect, Facts
from slipway.providers.protocol.handler import CloudError, Handler, Package, Props


@dataclass(frozen=True, kw_only=True)
class Inputs:
    """A resource's inputs, before and after."""

    old: Props
    new: Props
    state: Props
    """The outputs that the state holds; empty where the engine sent none."""
    derived: Props
    """Outputs that follow from the new inputs."""
    filled_in: frozenset[str] | None
    """The new inputs that the program has not given; None where no Check says."""
    ignore: tuple[str, ...] = ()
    """Paths that the program ignores."""
    refusable: bool = True
    """Whether the change may be refused: not where a refresh only asks what it would be."""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What differs, and whether the old resource is deleted before the new one is made."""

    changes: tuple[Change, ...]
    delete_first: bool


def decide(package: Package, handler: Handler, facts: Facts, inputs: Inputs, cloud: Any = None) -> Outcome:  # noqa: ANN401
    """The answer to a Diff. Raises :class:`CloudError` for a change that the real provider refuses there."""
    if inputs.refusable and (refusal := handler.refuse_change(cloud, inputs.old, inputs.new, inputs.state)):
        raise CloudError(refusal)
    by_facts = {key for key, effect in facts.effects.items() if effect.replaces}
    differences = diff.changes(
        inputs.old,
        inputs.new,
        replace_on=handler.replaces_more(inputs.state) | (by_facts if facts.inputs else handler.replace_on),
        replace_all=handler.calls.update is None,
        ignore=[*inputs.ignore, *handler.carried],
    )
    settled = package.settled | handler.settled
    changes = tuple(
        change
        for change in differences
        if not _no_change(change, inputs, settled) and not _same_link(change, inputs, handler.links)
    )
    changes += tuple(_derived_changes(inputs))
    first = any(change.replaces and _deletes_first(change, handler, facts, inputs) for change in changes)
    return Outcome(changes=changes, delete_first=first)


def _no_change(change: Change, inputs: Inputs, settled: frozenset[str]) -> bool:
    """Whether an input that only one side has says the same as its absence."""
    key = str(change.path[0])
    if len(change.path) > 1:
        return False
    if change.kind == "delete":
        return key in settled
    if change.kind != "add":
        return False
    if key in inputs.state:
        return not diff.differ(inputs.state[key], inputs.new[key])
    return key in (inputs.filled_in or ())


def _same_link(change: Change, inputs: Inputs, links: frozenset[str]) -> bool:
    """Whether an input names the same resource in another form, as the provider's ``compareSelfLinkOrResourceName``."""
    key = str(change.path[0])
    old, new = inputs.old.get(key), inputs.new.get(key)
    if key not in links or not isinstance(old, str) or not isinstance(new, str) or ("/" in old) == ("/" in new):
        return False
    return old.rpartition("/")[2] == new.rpartition("/")[2]


def _derived_changes(inputs: Inputs) -> Iterable[Change]:
    for key, value in inputs.derived.items():
        if key in inputs.state and not wire.is_unknown(value) and diff.differ(inputs.state[key], value):
            yield Change((key,), "update")


def _deletes_first(change: Change, handler: Handler, facts: Facts, inputs: Inputs) -> bool:
    name = handler.auto_name
    value = not name or (inputs.filled_in is not None and name not in inputs.filled_in)
    effect = facts.effects.get(str(change.path[0]))
    if handler.delete_before_replace or (effect is Effect.DELETE_FIRST and value):
        return True
    measured = any(effect is Effect.DELETE_FIRST for effect in facts.effects.values())
    return bool(name) and value and not measured and inputs.old.get(name) == inputs.new.get(name)
