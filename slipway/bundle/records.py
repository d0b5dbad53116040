"""What the cache notes about a file it holds, written and read."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from slipway.bundle.cache import companion
from slipway.bundle.content import CHUNK
from slipway.bundle.deflate_cache import Member, Pack


@dataclass(frozen=True, kw_only=True)
class Record:
    """A file of the cache. ``members`` are by the path inside; ``owners`` and ``packages`` as in ``Artifact``."""

    file: Path
    sha256: str
    members: Mapping[str, Member]
    owners: Mapping[str, str]
    packages: Mapping[str, str]

    @property
    def pack(self) -> Pack:
        """The file's members by what they hold."""
        return Pack(self.file, {member.sha256: member for member in self.members.values()})


def keep(temporary: Path, place: Path, **facts: Mapping[str, Any]) -> Record:
    """Move a finished file to its place in the cache and note the facts beside it; ``facts`` as in :class:`Record`."""
    record = Record(file=place, sha256=_sha256(temporary), **facts)
    noted = {
        "stamp": _stamp(temporary),
        "sha256": record.sha256,
        "members": {path: member.row() for path, member in record.members.items()},
        "owners": dict(record.owners),
        "packages": dict(record.packages),
    }
    note = temporary.with_name(temporary.name + ".note")
    write_json(note, noted)
    # The file first: a process that reads the note then finds the file it is about.
    temporary.replace(place)
    note.replace(companion(place))
    return record


def find(place: Path) -> Record | None:
    """The record of a file of the cache; None where there is none, or where the file is not the one noted."""
    try:
        record = json.loads(companion(place).read_bytes())
        members = {path: Member(*fields) for path, fields in record["members"].items()}
        whole = record["stamp"] == _stamp(place) or record["sha256"] == _sha256(place)
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return None  # no note, or one that is not ours
    if not whole:
        return None
    return Record(
        file=place, sha256=record["sha256"], members=members, owners=record["owners"], packages=record["packages"]
    )


def read_json(file: Path) -> Any:  # noqa: ANN401
    """What a JSON file of the cache holds; None where it is missing or damaged."""
    try:
        return json.loads(file.read_bytes())
    except (OSError, ValueError):
        return None


def write_json(file: Path, value: object) -> None:
    """Write a JSON file that no other process writes."""
    file.write_text(json.dumps(value, separators=(",", ":"), ensure_ascii=False), encoding="utf-8")


def _stamp(file: Path) -> list[int]:
    status = file.stat()
    return [status.st_size, status.st_mtime_ns, status.st_ino]


def _sha256(file: Path) -> str:
    digest = hashlib.sha256()
    with file.open("rb") as opened:
        while chunk := opened.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()
