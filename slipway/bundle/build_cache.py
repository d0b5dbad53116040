"""The build cache: the whole artifact of a folder in which nothing changed, with all that its builder is to be told."""

import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path

from slipway.bundle import records, stat_cache
from slipway.bundle.artifact import Artifact
from slipway.bundle.cache import Cache
from slipway.bundle.file_stamps import Stamp
from slipway.bundle.plan import App, Kind
from slipway.bundle.tree import LeftOut

Chosen = Kind | Callable[[App], Kind]
"""A kind, or what chooses one by the look of the app."""

RECOGNISED = ""
"""The stat cache's key of the kind that a folder looks meant for."""


def options_key_of(kind: Chosen, options: Mapping[str, object]) -> str | None:
    """The stat cache's key; None for options that are not plain values, as the layers of a function."""
    try:
        return f"{kind.name} {json.dumps(options, sort_keys=True)}" if isinstance(kind, Kind) else RECOGNISED
    except TypeError:
        return None


def cached_artifact(kind: Chosen, source: Path, cache: Cache, options: Mapping[str, object]) -> Artifact | None:
    """The artifact that the same folder made before; None if anything at all has changed since."""
    options_key = options_key_of(kind, options)
    if options_key is None:
        return None
    entry = stat_cache.look_up(str(cache.root), os.path.realpath(source), options_key)
    if entry is None:
        return None
    name, digest, details, path = entry
    record = records.read_json(_manifest_file(cache, digest))
    if not isinstance(record, dict):
        return None
    cache.used(Path(path))
    facts = json.loads(details)
    left_out = tuple(LeftOut(*one) for one in facts.pop("left_out"))
    return Artifact(path=Path(path), digest=digest, kind=name, options=options, left_out=left_out, **facts, **record)


def store(
    options_key: str,
    app: App,
    artifact: Artifact,
    cache: Cache,
    began_ns: int,
    *,
    elsewhere: Mapping[str, Stamp],
) -> None:
    """Store that the app as it was looked through, from ``began_ns`` on, made this artifact.

    ``elsewhere`` has the stamps of what was read outside of its folder, by whole paths.
    """
    facts = {
        "left_out": [(one.path, one.why) for one in artifact.left_out],
        "file_name": artifact.file_name,
        "sha256": artifact.sha256,
        "direct_upload": artifact.direct_upload,
    }
    path = str(artifact.path)
    stat_cache.write(
        str(cache.root),
        str(app.tree.root),
        options_key,
        artifact=(artifact.kind, artifact.digest, json.dumps(facts), path),
        stamps=app.tree.stamps,
        elsewhere=elsewhere,
        began_ns=began_ns,
        files=[path, str(_manifest_file(cache, artifact.digest))],
    )


def _manifest_file(cache: Cache, digest: str) -> Path:
    return cache.root / "artifacts" / f"{digest}.json"
