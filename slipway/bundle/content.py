"""What a file's bytes say about it, found in one reading: digest, mode, machine code, keys.

Modes are decided by content, never by the mode on disk, which depends on umask, on the file system and on git's
``core.fileMode``: what starts with ``#!`` or is an ELF program or library is 0755, everything else 0644.
"""

import hashlib
import os
from dataclasses import dataclass

from slipway.bundle.binaries import machine_of
from slipway.bundle.keys import keys_in

CHUNK = 1 << 20
"""Bytes held of a file at any time."""


@dataclass(frozen=True)
class Content:
    """The bytes of one file. ``machine`` is the machine they run on ("" for no machine code); see ``binaries``."""

    sha256: str
    size: int
    executable: bool = False
    machine: str = ""
    keys: tuple[tuple[int, str], ...] = ()
    """The keys that stand in it, as line and words; see ``keys``."""

    def row(self) -> tuple[str, int, bool, str, tuple[tuple[int, str], ...]]:
        """The fields in order, as a note keeps them."""
        return (self.sha256, self.size, self.executable, self.machine, self.keys)

    @property
    def mode(self) -> int:
        """0o755 or 0o644."""
        return 0o755 if self.executable else 0o644


def content_of(fd: int, *, look_for_keys: bool = False) -> Content:
    """Read an open file from its start."""
    digest, size, first = hashlib.sha256(), 0, b""
    while chunk := os.pread(fd, CHUNK, size):
        if not size:
            first = chunk
        digest.update(chunk)
        size += len(chunk)
    keys = keys_in(first) if look_for_keys and size == len(first) else ()
    return _content(digest.hexdigest(), size, first[:64], keys=keys)


def content_of_bytes(data: bytes, *, look_for_keys: bool = False) -> Content:
    """The same of bytes at hand."""
    keys = keys_in(data) if look_for_keys else ()
    return _content(hashlib.sha256(data).hexdigest(), len(data), data[:64], keys=keys)


def _content(sha256: str, size: int, head: bytes, *, keys: tuple[tuple[int, str], ...]) -> Content:
    return Content(sha256, size, head.startswith((b"#!", b"\x7fELF")), machine_of(head), keys)
