"""The pin that a rollback or a canary has written into a stack's file: its check, and its output."""

from collections.abc import Collection
from typing import TypeVar

import pulumi

from slipway.wire.outputs import PinOutput
from stacks.platforms.base import KeepsVersions, SplitsTraffic

Pinned = TypeVar("Pinned", bound=KeepsVersions)


def with_checked_pin(name: str, app: Pinned, version_ids: Collection[str], *, deployed: bool) -> Pinned:
    """The app with its pin; without it, and with a warning, if the app is not ``deployed`` yet.

    ``version_ids`` are the versions that exist. Raises :class:`pulumi.RunError` if ``serve`` is none of them: to serve
    the newest instead would put a version live that somebody has rolled back.
    """
    if app.serve is None or app.serve in version_ids:
        return app
    if deployed:
        raise pulumi.RunError(
            f"slipway:apps.{name}.serve: must be a version that is kept, {', '.join(version_ids)}, got {app.serve!r}: "
            f"`slipway versions {name}` shows them, `slipway rollback {name} --forget` serves the newest"
        )
    pulumi.log.warn(f"{name} is not deployed yet, so there is no {app.serve} to serve: the newest version serves")
    return app.model_copy(update={key: None for key in ("serve", "canary") if hasattr(app, key)})


def pin_output(app: KeepsVersions) -> PinOutput:
    """What the output ``apps`` has of the pin."""
    output: PinOutput = {}
    if app.serve is not None:
        output["serve"] = app.serve
    if isinstance(app, SplitsTraffic) and app.canary is not None:
        output["canary"] = app.canary
    return output
