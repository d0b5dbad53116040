"""What a stack has put into a cloud, as its outputs tell it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from components.gcp.versions import Version
from components.registry import ContainerRegistry


@dataclass(frozen=True, kw_only=True)
class Placed:
    """Outputs of one cloud; nothing, where nothing goes there."""

    apps: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """By app: home, resource, url, digest, probe, versions."""
    registries: Mapping[str, ContainerRegistry] = field(default_factory=dict)
    """By cloud."""
    region: str | None = None
    """Where the App Engine application is."""
    versions: Mapping[str, Sequence[Version]] = field(default_factory=dict)
    """The App Engine versions kept, by app, newest first."""
