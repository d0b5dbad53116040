"""What is known of a resource type from its real plugin, apart from how a handler serves it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Effect(StrEnum):
    """What a plugin's Diff answers for one changed input."""

    UPDATE = "update"
    REPLACE = "replace"
    DELETE_FIRST = "replace, delete first"
    """The old resource is deleted first, where the program has given its name."""
    NONE = "no change"
    REFUSED = "refused"

    @property
    def replaces(self) -> bool:
        """Whether a new resource takes the old one's place."""
        return self in (Effect.REPLACE, Effect.DELETE_FIRST)


@dataclass(frozen=True, kw_only=True)
class Facts:
    """One resource type."""

    effects: Mapping[str, Effect] = field(default_factory=dict)
    """Input -> what a change of it does; one that is not there updates."""
    inputs: frozenset[str] = frozenset()
    outputs: frozenset[str] = frozenset()
    """Outputs that are no inputs."""
    secret: frozenset[str] = frozenset()
    """Properties that are always secret."""


UNMEASURED = Facts()
"""Of a type about which its handler alone says what replaces."""
