"""The decision which old resource a goal continues: by its URN, or by a name that it had before.

Other names are given by the program, or inherited from the parent.
"""

from collections.abc import Mapping

from slipway.engine.checkpoint.state import Resource
from slipway.engine.errors import EngineError
from slipway.engine.plan.planning import Planning
from slipway.engine.plan.steps import Alias, Goal
from slipway.engine.values import urn as urns


def old_resource(planning: Planning, goal: Goal, urn: str) -> tuple[Resource | None, str]:
    """The resource of the last operation that a goal continues, and the alias that names it; "" for its own URN.

    Raises :class:`EngineError` where an alias names two resources.
    """
    progress = planning.progress
    if urn in progress.aliased:
        raise EngineError(f"Duplicate resource alias '{urn}': it was claimed by {progress.aliased[urn]} already")
    if urn in progress.olds:
        return progress.olds[urn], ""
    for alias in names(goal, planning.stack, planning.project, progress.old_names):
        if alias not in progress.olds:
            continue
        if alias in progress.seen or alias in progress.aliased:
            owner = progress.aliased.get(alias, alias)
            raise EngineError(f"Duplicate resource alias '{alias}' applied to {urn}: {owner} has it already")
        return progress.olds[alias], alias
    return None, ""


def names(goal: Goal, stack: str, project: str, old_names: Mapping[str, str]) -> list[str]:
    """Every other URN of a goal. ``old_names`` maps the URNs of this operation to the old ones that they continue."""
    aliases = [_urn(goal, alias, stack, project, old_names) for alias in goal.aliases]
    old_parent = old_names.get(goal.parent)
    if old_parent:
        own = [(goal.type, goal.name), *((urns.type_of(urn), urns.name_of(urn)) for urn in aliases)]
        parent = urns.name_of(goal.parent)
        aliases += [_inherited(stack, project, type_, name, parent, old_parent) for type_, name in own]
    return list(dict.fromkeys(aliases))


def _urn(goal: Goal, alias: Alias, stack: str, project: str, old_names: Mapping[str, str]) -> str:
    if alias.urn:
        return alias.urn
    parent = goal.parent if not alias.parent else old_names.get(alias.parent, alias.parent)
    if alias.no_parent or (parent and urns.is_root(parent)):
        parent = ""
    return urns.make(
        alias.stack or stack, alias.project or project, parent, alias.type or goal.type, alias.name or goal.name
    )


def _inherited(stack: str, project: str, type_: str, name: str, parent: str, old_parent: str) -> str:
    """A child's name often starts with its parent's, so that it changes with it."""
    if name.startswith(parent):
        name = urns.name_of(old_parent) + name.removeprefix(parent)
    return urns.make(stack, project, old_parent, type_, name)
