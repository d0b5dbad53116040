"""The same question again: which artifact an unchanged folder made, noted with all that the caller is to be told."""

import json
import os
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from slipway.bundle import records, seen
from slipway.bundle.artifact import Artifact
from slipway.bundle.cache import Cache
from slipway.bundle.plan import App, Kind
from slipway.bundle.tree import LeftOut

Chosen = Kind | Callable[[App], Kind]
"""A kind, or what chooses one by the look of the app."""

GUESSED = ""
"""How ``seen`` notes the question for whatever a folder looks meant for."""


def asked_of(kind: Chosen, options: Mapping[str, object]) -> str | None:
    """The question as ``seen`` notes it; None for options that are not plain values, as the layers of a function."""
    try:
        return f"{kind.name} {json.dumps(options, sort_keys=True)}" if isinstance(kind, Kind) else GUESSED
    except TypeError:
        return None


def recalled(kind: Chosen, source: Path, cache: Cache, options: Mapping[str, object]) -> Artifact | None:
    """The artifact that the same folder made before, where nothing at all has changed since."""
    options_key = asked_of(kind, options)
    entry = seen.recall(str(cache.root), os.path.realpath(source), options_key) if options_key is not None else None
    if entry is None:
        return None
    (name, digest, path), rest = entry
    record = records.read_json(cache.root / "artifacts" / f"{digest}.json")
    if not isinstance(record, dict):
        return None
    cache.used(Path(path))
    facts = json.loads(rest)
    left_out = tuple(LeftOut(*one) for one in facts.pop("left_out"))
    return Artifact(path=Path(path), digest=digest, kind=name, options=options, left_out=left_out, **facts, **record)


def remember(options_key: str, app: App, artifact: Artifact, cache: Cache, began_ns: int) -> None:
    """Note that the app as it was looked through, from ``began_ns`` on, made this artifact."""
    facts = {
        "left_out": [(one.path, one.why) for one in artifact.left_out],
        "file_name": artifact.file_name,
        "sha256": artifact.sha256,
        "direct_upload": artifact.direct_upload,
    }
    root, place = str(app.tree.root), str(artifact.path)
    note = Path(seen.note_of(str(cache.root), root, options_key))
    temporary = cache.file("seen", f"{note.name}.{os.getpid()}.{time.monotonic_ns()}")
    entry = seen.keep(
        str(cache.root),
        root,
        options_key,
        stamps=app.tree.stamps,
        began_ns=began_ns,
        answer=[artifact.kind, artifact.digest, place],
        rest=json.dumps(facts),
        files=[place, str(cache.root / "artifacts" / f"{artifact.digest}.json")],
        to=str(temporary),
    )
    if entry:
        temporary.replace(note)
