"""The other names that a resource may have had: given by the program, or inherited from its parent."""

from collections.abc import Mapping

from slipway.engine.plan.steps import Alias, Goal
from slipway.engine.values import urn as urns


def names(goal: Goal, stack: str, project: str, was: Mapping[str, str]) -> list[str]:
    """Every other URN of a goal. ``was`` maps each URN of this operation to the old one it was found under."""
    found = [_urn(goal, alias, stack, project, was) for alias in goal.aliases]
    old_parent = was.get(goal.parent)
    if old_parent:
        own = [(goal.type, goal.name), *((urns.type_of(urn), urns.name_of(urn)) for urn in found)]
        parent = urns.name_of(goal.parent)
        found += [_inherited(stack, project, type_, name, parent, old_parent) for type_, name in own]
    return list(dict.fromkeys(found))


def _urn(goal: Goal, alias: Alias, stack: str, project: str, was: Mapping[str, str]) -> str:
    if alias.urn:
        return alias.urn
    parent = goal.parent if not alias.parent else was.get(alias.parent, alias.parent)
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
