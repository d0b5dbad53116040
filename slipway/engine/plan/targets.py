"""Options of an operation, and which resources ``--target``, ``--exclude`` and their relatives mean."""

import re
from collections.abc import Collection
from dataclasses import dataclass, field

from slipway.engine.checkpoint.state import Resource
from slipway.engine.plan.constraints import UpdatePlan
from slipway.engine.values import urn as urns


@dataclass(frozen=True)
class Targets:
    """URNs that were named, with ``*`` for any text within a part and ``**`` for any text."""

    names: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.names)

    def contains(self, urn: str) -> bool:
        """Whether one of the names is, or matches, ``urn``."""
        return any(name == urn or ("*" in name and _matches(name, urn)) for name in self.names)

    def unknown(self, urns: Collection[str]) -> list[str]:
        """The names without a wildcard that nothing has."""
        return [name for name in self.names if "*" not in name and name not in urns]


def _matches(pattern: str, urn: str) -> bool:
    parts = re.split(r"(\*\*|\*)", pattern)
    words = {"**": ".*", "*": "[^:]*"}
    return re.fullmatch("".join(words.get(part) or re.escape(part) for part in parts), urn) is not None


@dataclass(frozen=True, kw_only=True)
class Options:
    """What the command line asks of an operation."""

    preview: bool = False
    parallel: int = 16
    targets: Targets = field(default_factory=Targets)
    dependents: bool = False
    """``--target-dependents``."""
    excludes: Targets = field(default_factory=Targets)
    exclude_dependents: bool = False
    replace: Targets = field(default_factory=Targets)
    message: str = ""
    """A note for the history."""
    continue_on_error: bool = False
    ignore_protect: bool = False
    destroys: bool = False
    """Whether the program runs to be destroyed (``destroy --run-program``)."""
    plan_to_make: UpdatePlan | None = None
    """The plan that a preview writes down (``--save-plan``); it is filled in while the preview runs."""
    plan_to_follow: UpdatePlan | None = None
    """The plan that the operation is held to (``--plan``); it is used up while the operation runs."""

    def is_target(self, resource: Resource, targeted: Collection[str]) -> bool:
        """Whether the resource is to be worked on. ``targeted`` are the targets before it, and what follows them."""
        if not self.targets or self.targets.contains(resource.urn):
            return True
        return self.dependents and any(urn in targeted or self.targets.contains(urn) for urn in needs_of(resource))

    def is_excluded(self, resource: Resource, excluded: Collection[str]) -> bool:
        """Whether the resource is to be left alone. ``excluded`` are those before it that depend on an excluded one."""
        if self.excludes.contains(resource.urn):
            return True
        if not self.exclude_dependents:
            return False
        return any(urn in excluded or self.excludes.contains(urn) for urn in needs_of(resource))


def needs_of(resource: Resource) -> list[str]:
    """The URNs that a resource needs, its provider's included."""
    needs = [urn for _, urn in resource.relations()]
    return [*needs, urns.provider_urn(resource.provider)] if resource.provider else needs
