"""What a rollback or a canary has written into a stack's file: whether it can be, and what the outputs say of it."""

from collections.abc import Collection
from typing import Any, TypeVar

import pulumi

from stacks.platforms.base import KeepsVersions

Pinned = TypeVar("Pinned", bound=KeepsVersions)


def with_checked_pin(name: str, app: Pinned, kept: Collection[str], *, deployed: bool) -> Pinned:
    """The app with the version it is to serve, or without where it is not ``deployed`` yet, with a warning.

    ``kept`` are the versions there are. Raises :class:`pulumi.RunError` where ``serve`` names none of them: to serve
    the newest instead would put live what somebody has taken back.
    """
    if app.serve is None or app.serve in kept:
        return app
    if deployed:
        raise pulumi.RunError(
            f"slipway:apps.{name}.serve: must be a version that is kept, {', '.join(kept)}, got {app.serve!r}: "
            f"`slipway versions {name}` shows them, `slipway rollback {name} --forget` serves the newest"
        )
    pulumi.log.warn(f"{name} is not deployed yet, so there is no {app.serve} to serve: the newest version serves")
    return app.model_copy(update={key: None for key in ("serve", "canary") if hasattr(app, key)})


def pin_output(app: KeepsVersions) -> dict[str, Any]:
    """What the output ``apps`` says of it; nothing where the newest version serves."""
    said = {"serve": app.serve, "canary": getattr(app, "canary", None)}
    return {key: value for key, value in said.items() if value is not None}
