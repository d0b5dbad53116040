"""What a stack has put into a cloud, as its outputs tell it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from components.gcp.versions import Version
from components.registry import ContainerRegistry
from stacks.model import Settings


@dataclass(frozen=True, kw_only=True)
class Declared:
    """Outputs of one cloud; nothing, where nothing goes there."""

    apps: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """By app: platform, resource, url, digest, probe, versions."""
    registries: Mapping[str, ContainerRegistry] = field(default_factory=dict)
    """By cloud."""
    region: str | None = None
    """Where the App Engine application is."""
    versions: Mapping[str, Sequence[Version]] = field(default_factory=dict)
    """The App Engine versions kept, by app, newest first."""


def with_sources(said: Mapping[str, Mapping[str, Any]], settings: Settings) -> dict[str, Mapping[str, Any]]:
    """What is said of the apps, with the folder each is made of: several may be of one."""
    return {
        name: {**of_app, "source": settings.apps[name].source} if name in settings.apps else of_app
        for name, of_app in said.items()
    }
