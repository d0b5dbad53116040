"""The bytes of objects: a file each, written elsewhere and moved into its place once it is whole and on the disk.

A file without a row in the index is of a process that was killed: the next start removes it.
"""

import base64
import hashlib
import os
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import google_crc32c

CHUNK = 1 << 20


@dataclass(frozen=True, kw_only=True)
class Sums:
    """Length and checksums, as the API writes them."""

    size: int
    crc32c: str
    md5: str
    """"" for an object that was composed: its MD5 is not computed."""


class Running:
    """Checksums of bytes that come in pieces."""

    def __init__(self, *, md5: bool = True) -> None:
        self.size = 0
        self._crc32c = google_crc32c.Checksum()
        self._md5 = hashlib.md5(usedforsecurity=False) if md5 else None

    def add(self, data: bytes) -> None:
        """Take in the next piece."""
        self.size += len(data)
        self._crc32c.update(data)
        if self._md5 is not None:
            self._md5.update(data)

    def sums(self) -> Sums:
        """Of all that was taken in."""
        md5 = base64.b64encode(self._md5.digest()).decode() if self._md5 is not None else ""
        return Sums(size=self.size, crc32c=base64.b64encode(self._crc32c.digest()).decode(), md5=md5)


class Blobs:
    """The files of one service."""

    def __init__(self, folder: Path) -> None:
        self._whole, self._parts = folder / "blobs", folder / "parts"
        for place in (self._whole, self._parts):
            place.mkdir(mode=0o700, parents=True, exist_ok=True)

    def part(self, name: str = "") -> Path:
        """A file to write to: of a session by the session's name, or a new one."""
        return self._parts / (name or secrets.token_hex(16))

    def path(self, blob: str) -> Path:
        """The file of a blob."""
        return self._whole / blob

    def take(self, part: Path) -> str:
        """Make a written part a blob; its name. It is on the disk when this returns."""
        blob = secrets.token_hex(16)
        with part.open("rb") as file:
            os.fsync(file.fileno())
        part.rename(self.path(blob))
        _sync(self._whole)
        return blob

    def link(self, blob: str) -> str:
        """Another name for the same bytes, which are never written to again."""
        other = secrets.token_hex(16)
        os.link(self.path(blob), self.path(other))
        _sync(self._whole)
        return other

    def remove(self, blob: str) -> None:
        """Remove a blob; who is reading it reads on."""
        self.path(blob).unlink(missing_ok=True)

    def sweep(self, blobs: Collection[str], sessions: Collection[str]) -> None:
        """Remove every file that is neither of these blobs nor of these sessions."""
        for folder, names in ((self._whole, blobs), (self._parts, sessions)):
            for path in folder.iterdir():
                if path.name not in names:
                    path.unlink(missing_ok=True)


def sums_of(path: Path, *, md5: bool = True) -> Sums:
    """Of a file, read in pieces."""
    running = Running(md5=md5)
    with path.open("rb") as file:
        while piece := file.read(CHUNK):
            running.add(piece)
    return running.sums()


def append(source: Path, target: BinaryIO, running: Running) -> None:
    """Copy a file to the end of another one."""
    with source.open("rb") as file:
        while piece := file.read(CHUNK):
            running.add(piece)
            target.write(piece)


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
