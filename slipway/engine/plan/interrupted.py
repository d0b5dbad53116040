"""Creations that an earlier operation was cut off from: of each it is unknown whether it came about.

Pulumi keeps them as pending, and so does this engine. Where the program wants the same again, it is asked for under the
name that was drawn then: what was made is found by it, or the name is refused as taken; under another name it would be
left behind.
"""

from collections.abc import Iterable, Mapping

from slipway.engine.checkpoint.state import Resource
from slipway.engine.values import urn as urns
from slipway.wire.values import Props, same


def open_creations(pending: Iterable[tuple[str, Resource]], resources: Iterable[Resource]) -> dict[str, Props]:
    """URN -> the inputs of its creation, without those that came about since: they stay pending until a refresh."""
    there = {resource.urn: resource for resource in resources if not resource.delete}
    creating = (item for what, item in pending if what == "creating")
    return {item.urn: item.inputs for item in creating if not _came_about(item, there.get(item.urn))}


def _came_about(item: Resource, there: Resource | None) -> bool:
    if there is None:
        return False
    drawn = f"{urns.name_of(item.urn)}-"
    named = {key: text for key, text in item.inputs.items() if isinstance(text, str) and text.startswith(drawn)}
    return same(item.inputs, there.inputs) or any(there.inputs.get(key) == text for key, text in named.items())


def names_kept(inputs: Props, checked: Props, interrupted: Props) -> Props:
    """The checked inputs with the texts that the provider drew for the creation that was cut off.

    Where the program wants anything else now, it is another thing.
    """
    if checked.keys() != interrupted.keys() or not all(same(interrupted[key], checked[key]) for key in inputs):
        return checked
    drawn = {key: text for key, text in interrupted.items() if key not in inputs and isinstance(text, str)}
    return {**checked, **drawn}


def resumes(interrupted: Mapping[str, Props], new: Resource) -> bool:
    """Whether the creation of ``new`` is the one that was cut off."""
    return new.urn in interrupted and same(interrupted[new.urn], new.inputs)
