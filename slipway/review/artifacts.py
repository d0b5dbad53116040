"""The files and packages behind another digest of an app."""

from collections.abc import Mapping
from typing import Any

from slipway.bundle.cache import Cache
from slipway.bundle.changes import described, why
from slipway.bundle.errors import BundleError
from slipway.review.model import ArtifactChange
from slipway.wire.outputs import ArtifactOutput


def artifact_changes(old: Mapping[str, Any], new: Mapping[str, Any], cache: Cache) -> tuple[ArtifactChange, ...]:
    """The apps whose digest differs between two stacks' outputs ``apps``, in the order of their names."""
    return tuple(
        ArtifactChange(app=app, old=before["digest"], new=after["digest"], lines=_lines(before, after, cache))
        for app in sorted(old.keys() & new.keys())
        if (before := _artifact(old[app])) and (after := _artifact(new[app])) and before["digest"] != after["digest"]
    )


def _artifact(app: Any) -> ArtifactOutput | None:  # noqa: ANN401 - a program may export any JSON
    """The artifact in an app's output; None if the output has another form."""
    if not isinstance(app, dict) or not isinstance(app.get("digest"), str):
        return None
    return {"digest": app["digest"]}


def _lines(old: ArtifactOutput, new: ArtifactOutput, cache: Cache) -> tuple[str, ...]:
    try:
        notes = [described(side["digest"], cache) for side in (old, new)]
    except BundleError:
        notes = [None, None]
    if all(notes):
        before, after = (note["manifest"] for note in notes if note)
        owners = {path: owner for note in notes if note for path, owner in note["owners"].items()}
        return tuple(why(before, after, owners).lines())
    return ("its files are not known: the store of artifacts lacks the manifest of one of the two",)
