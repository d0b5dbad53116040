"""Container registry: what Artifact Registry and ECR have in common."""

from typing import Protocol

import pulumi


class ContainerRegistry(Protocol):
    """A private registry with immutable tags that scans what is pushed and keeps the newest images.

    Both :class:`components.gcp.registry.ArtifactRegistry` and :class:`components.aws.registry.EcrRegistry` are one.
    """

    url: pulumi.Output[str]
    """Where images are pushed to, without a scheme: ``HOST/PATH``; an image is ``URL:TAG`` or below it."""
    registry_name: pulumi.Output[str]


def checked_keep(keep: int) -> int:
    """``keep`` where a registry can keep that many images. Raises :class:`ValueError` otherwise."""
    if keep < 1:
        raise ValueError(f"keep must be 1 or more images, got {keep}")
    return keep
