"""The two kinds of stack, and everything that differs between them."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class StackKind:
    """What a kind of stack means for the components; each field is handed to them as a plain argument."""

    ephemeral: bool
    """Deleted with all it holds by `destroy` (force-delete, DELETE policies); otherwise protected, and PREVENT."""
    log_retention_days: int
    keep_versions: int
    """Versions of an App Engine service, the one that serves among them."""
    keep_images: int
    """Images in a registry."""
    max_instances: int
    """The ceiling of every app's own ceiling on instances."""
    budget_alerts_percent: tuple[int, ...]
    """Shares of the budget at which it alerts; the last one also when it is forecast."""


KINDS = {
    "ephemeral": StackKind(
        ephemeral=True,
        log_retention_days=7,
        keep_versions=3,
        keep_images=5,
        max_instances=2,
        budget_alerts_percent=(50, 100),
    ),
    "kept": StackKind(
        ephemeral=False,
        log_retention_days=90,
        keep_versions=5,
        keep_images=30,
        max_instances=20,
        budget_alerts_percent=(50, 80, 100),
    ),
}

ALWAYS = {"sandbox": "ephemeral", "prod": "kept"}
"""Environments whose kind is fixed."""
