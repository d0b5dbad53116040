"""Container registry: what Artifact Registry, ECR and the sandbox's registry have in common."""

from dataclasses import dataclass
from typing import Protocol

import pulumi


@dataclass(frozen=True, kw_only=True)
class Login:
    """What lets a builder push, for as long as one deployment takes."""

    server: pulumi.Input[str]
    username: pulumi.Input[str]
    password: pulumi.Output[str]
    """Secret, and short-lived where the cloud makes it."""


class ContainerRegistry(Protocol):
    """A private registry with immutable tags that scans what is pushed and keeps the newest images.

    :class:`components.gcp.registry.ArtifactRegistry`, :class:`components.aws.registry.EcrRegistry` and
    :class:`components.containers.local_registry.LocalRegistry` are one.
    """

    url: pulumi.Output[str]
    """Where images are pushed to, without a scheme: ``HOST/PATH``; an image is ``URL:TAG`` or below it."""
    registry_name: pulumi.Output[str]

    def image_name(self, app: str, tag: str) -> pulumi.Output[str]:
        """What an app's image is called there: ``HOST/PATH:TAG``."""
        ...

    def login(self) -> Login:
        """Who may push. The deployer asks the cloud for it anew at each deployment."""
        ...


def checked_keep(keep: int) -> int:
    """``keep`` where a registry can keep that many images. Raises :class:`ValueError` otherwise."""
    if keep < 1:
        raise ValueError(f"keep must be 1 or more images, got {keep}")
    return keep
