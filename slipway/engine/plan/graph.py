"""Who needs whom among the resources of a state, in which a resource stands after everything it needs."""

from collections.abc import Collection, Iterable

from slipway.engine.checkpoint.state import Resource
from slipway.engine.values import urn as urns


class Graph:
    """The dependencies among ``resources``, which must be in the order of a checkpoint."""

    def __init__(self, resources: Iterable[Resource]) -> None:
        self.resources = list(resources)
        self._place = {id(resource): place for place, resource in enumerate(self.resources)}
        self._by_urn: dict[str, list[int]] = {}
        for place, resource in enumerate(self.resources):
            self._by_urn.setdefault(resource.urn, []).append(place)

    def depending_on(self, root: Resource, *, ignore: Collection[str] = (), children: bool = False) -> list[Resource]:
        """Everything that needs ``root``, directly or not, in order; ``children`` counts having it as a parent."""
        needed, dependents = {root.urn}, []
        for resource in self.resources[self._place.get(id(root), -1) + 1 :]:
            if resource.urn not in ignore and not needed.isdisjoint(_needs(resource, parent=children)):
                dependents.append(resource)
                needed.add(resource.urn)
        return dependents

    def holds(self, resource: Resource) -> bool:
        """Whether the resource is one of the graph's."""
        return id(resource) in self._place

    def dependents_first(self, chosen: Iterable[Resource]) -> list[Resource]:
        """``chosen`` in an order in which everything stands before what it needs."""
        return sorted(chosen, key=lambda resource: self._place.get(id(resource), -1), reverse=True)

    def needs(self, resource: Resource) -> list[Resource]:
        """What ``resource`` needs directly: its parent, its provider and its dependencies."""
        before = self._place.get(id(resource), len(self.resources))
        places = {place for urn in _needs(resource, parent=True) for place in self._by_urn.get(urn, ())}
        return [self.resources[place] for place in sorted(places) if place < before]

    def all_needs(self, resource: Resource) -> set[int]:
        """The identities of everything that ``resource`` needs, directly or not."""
        identities: set[int] = set()
        frontier = [resource]
        while frontier:
            for needed in self.needs(frontier.pop()):
                if id(needed) not in identities:
                    identities.add(id(needed))
                    frontier.append(needed)
        return identities

    def layers(self, chosen: Collection[Resource]) -> list[list[Resource]]:
        """``chosen`` in layers to be deleted one after the other: what is needed by nothing left goes first."""
        ordered = sorted(chosen, key=lambda resource: self._place.get(id(resource), -1))
        identities = {id(resource) for resource in ordered}
        depth: dict[int, int] = {}
        for resource in ordered:
            depth[id(resource)] = 1 + max(
                (depth.get(id(n), 0) for n in self.needs(resource) if id(n) in identities), default=0
            )
        layers: dict[int, list[Resource]] = {}
        for resource in reversed(ordered):
            layers.setdefault(depth[id(resource)], []).append(resource)
        return [layers[level] for level in sorted(layers, reverse=True)]


def _needs(resource: Resource, *, parent: bool) -> set[str]:
    needs = {urn for what, urn in resource.relations() if parent or what != "parent"}
    if resource.provider:
        needs.add(urns.provider_urn(resource.provider))
    return needs
