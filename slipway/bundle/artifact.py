"""What a build hands out."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from slipway.bundle.tree import LeftOut


@dataclass(frozen=True, kw_only=True)
class Artifact:
    """A file of the cache that a target takes, and what is in it.

    The file stays where it is while the cache's bound allows: upload or copy it, do not keep the path.
    """

    path: Path
    digest: str
    """Hex sha256 over the manifest: what resources are named and compared by. No zlib and no kind has a part in it."""
    kind: str = ""
    """The kind's name; ``options`` are those it was made with."""
    options: Mapping[str, object] = field(default_factory=dict)
    manifest: Mapping[str, str]
    """Path inside -> hex sha256, sorted by path."""
    sizes: Mapping[str, int] = field(default_factory=dict)
    """Path inside -> bytes unpacked."""
    owners: Mapping[str, str] = field(default_factory=dict)
    """Path inside -> the package it came with, for what is not the app's own."""
    packages: Mapping[str, str] = field(default_factory=dict)
    """Package -> version, of the dependencies inside."""
    left_out: tuple[LeftOut, ...] = ()
    """What of the app's folder is not inside, and why."""
    file_name: str = ""
    """What the file is to be called where its name matters (a wheel's says what it holds); else ``path.name``."""
    sha256: str = ""
    """Hex sha256 of the file itself: of the compressed bytes, for a transfer to be checked by."""
    direct_upload: bool = True
    """Whether the target takes the file in a request; otherwise it goes by the cloud's object store."""

    @property
    def size(self) -> int:
        """Bytes of the file."""
        return self.path.stat().st_size

    @property
    def unpacked(self) -> int:
        """Bytes of everything inside."""
        return sum(self.sizes.values())


def digest_of(manifest: Mapping[str, str]) -> str:
    """Hex sha256 over the manifest: its JSON with sorted keys, no spaces, in UTF-8."""
    text = json.dumps(dict(manifest), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
