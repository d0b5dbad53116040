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
        self._children: dict[str, list[int]] = {}
        for place, resource in enumerate(self.resources):
            self._by_urn.setdefault(resource.urn, []).append(place)
            self._children.setdefault(resource.parent, []).append(place)

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
        """What ``resource`` needs directly: its parent, its provider, its dependencies, and what is inside of those.

        A component that another process made is a dependency without its children's being named: they count, too.
        """
        before = self._place.get(id(resource), len(self.resources))
        places = {place for urn in _needs(resource, parent=True) for place in self._by_urn.get(urn, ())}
        for urn in _needs(resource, parent=False):
            if not all(self.resources[place].custom for place in self._by_urn.get(urn, ())):
                places |= self._inside(urn)
        return [self.resources[place] for place in sorted(places) if place < before]

    def _inside(self, component: str) -> set[int]:
        """The places of everything below a component."""
        inside: set[int] = set()
        frontier = [component]
        while frontier:
            for place in self._children.get(frontier.pop(), ()):
                if place not in inside:
                    inside.add(place)
                    frontier.append(self.resources[place].urn)
        return inside

    def all_needs(self, resource: Resource) -> set[int]:
        """The identities of everything that ``resource`` needs, directly or not.

        Of a URN that the state has twice a replaced resource needs the replaced one, any other the one that stays
        (Pulumi's ``TransitiveDependenciesOf``).
        """
        identities: set[int] = set()
        frontier = [resource]
        while frontier:
            needing = frontier.pop()
            for urn in _needs(needing, parent=True):
                needed = self._meant(urn, replaced=needing.delete)
                if needed is not None and id(needed) not in identities:
                    identities.add(id(needed))
                    frontier.append(needed)
        return identities - {id(resource)}

    def _meant(self, urn: str, *, replaced: bool) -> Resource | None:
        """The resource of a URN; of several the one that is replaced, or not; of several such the last."""
        resources = [self.resources[place] for place in self._by_urn.get(urn, ())]
        alike = [resource for resource in resources if resource.delete == replaced]
        return next(reversed(alike or resources), None)

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
