"""Which version's release command is to have succeeded."""

import hashlib
import json
import secrets
from collections.abc import Sequence

import pulumi

from slipway.wire.outputs import HasReleasedOutput, ReleasedOutput, ReleasedVersionsOutput
from stacks.declared import resolved
from stacks.model import Settings
from stacks.platforms import AnyApp
from stacks.previous_outputs import PreviousOutputs


def release_of(
    settings: Settings, name: str, app: AnyApp, tag: str, previous: PreviousOutputs
) -> ReleasedOutput | None:
    """The version whose release command is to have succeeded, and the attempt: another one while it has not yet.

    What has failed is no change to the engine, which would not run it again. What succeeded is in the outputs, which a
    run that fails leaves as they were.
    """
    if not app.release:
        return None
    facts = [tag, app.release, app.env, settings.fingerprints.get(name, "")]
    version = hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:16]
    earlier, attempt = previous.released.get(name, ("", ""))
    if earlier != version:
        attempt = "next" if pulumi.runtime.is_dry_run() else secrets.token_hex(4)
    return {"version": version, "attempt": attempt}


LONGEST = 50
"""Versions of a function that are remembered as released."""


def released_versions(app: AnyApp, newest: pulumi.Output[str], earlier: Sequence[str]) -> ReleasedVersionsOutput:
    """The versions of a function whose release command has succeeded: ``newest``, known then, and ``earlier``."""
    if not app.release:
        return {}
    others = list(earlier)
    return {
        "released_versions": resolved(
            newest.apply(lambda version: [version, *(one for one in others if one != version)][:LONGEST])
        )
    }


def released_output(released: ReleasedOutput | None) -> HasReleasedOutput:
    """What the next deployment gets to know of it."""
    return {"released": released} if released else {}
