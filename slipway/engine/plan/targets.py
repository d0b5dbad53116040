"""Options of an operation, and which resources ``--target`` and its relatives mean."""

import re
from collections.abc import Collection
from dataclasses import dataclass, field

from slipway.engine.checkpoint.state import Resource
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

    def unknown(self, known: Collection[str]) -> list[str]:
        """The names without a wildcard that nothing has."""
        return [name for name in self.names if "*" not in name and name not in known]


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
    replace: Targets = field(default_factory=Targets)
    message: str = ""
    """A note for the history."""

    def is_target(self, resource: Resource, targeted: Collection[str]) -> bool:
        """Whether the resource is to be worked on. ``targeted`` are the targets found so far."""
        if not self.targets:
            return True
        if self.targets.contains(resource.urn):
            return True
        if not self.dependents:
            return False
        needed = [urn for _, urn in resource.relations()]
        if resource.provider:
            needed.append(urns.provider_urn(resource.provider))
        return any(urn in targeted or self.targets.contains(urn) for urn in needed)
