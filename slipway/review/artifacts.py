"""The files and packages behind another digest of an app."""

from collections.abc import Mapping
from typing import Any

from slipway.bundle.cache import Cache
from slipway.bundle.changes import described, why
from slipway.bundle.errors import BundleError
from slipway.review.model import ArtifactChange


def artifact_changes(old: Mapping[str, Any], new: Mapping[str, Any], cache: Cache) -> tuple[ArtifactChange, ...]:
    """The apps whose digest differs between two stacks' outputs ``apps``, in the order of their names."""
    return tuple(
        ArtifactChange(app=app, old=before["digest"], new=after["digest"], lines=_lines(before, after, cache))
        for app in sorted(old.keys() & new.keys())
        if (before := _said(old[app])) and (after := _said(new[app])) and before["digest"] != after["digest"]
    )


def _said(app: Any) -> dict[str, Any]:  # noqa: ANN401 - what a program exports is any JSON
    """What an app's output says of its artifact; nothing where it is not of the form it should be."""
    if not isinstance(app, dict) or not isinstance(app.get("digest"), str):
        return {}
    manifest = app.get("manifest")
    sound = isinstance(manifest, dict) and all(isinstance(value, str) for value in manifest.values())
    return {"digest": app["digest"], "manifest": manifest if sound else None}


def _lines(old: Mapping[str, Any], new: Mapping[str, Any], cache: Cache) -> tuple[str, ...]:
    try:
        notes = [described(side["digest"], cache) for side in (old, new)]
    except BundleError:
        notes = [None, None]
    if all(notes):
        before, after = (note["manifest"] for note in notes if note)
        owners = {path: owner for note in notes if note for path, owner in note["owners"].items()}
        return tuple(why(before, after, owners).lines())
    if old["manifest"] is not None and new["manifest"] is not None:
        return tuple(why(old["manifest"], new["manifest"]).lines())
    return ("what is inside is not known: neither the outputs nor the cache of artifacts has its manifest",)
