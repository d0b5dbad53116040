"""What a file's bytes say about it, found in one reading: digest, mode, machine code, keys.

Modes are decided by content, never by the mode on disk, which depends on umask, on the file system and on git's
``core.fileMode``: what starts with ``#!`` or is an ELF program or library is 0755, everything else 0644.
"""

import hashlib
import os
from dataclasses import dataclass

from slipway.bundle.binaries import machine_of

CHUNK = 1 << 20
"""Bytes held of a file at any time."""

_KEY = b"PRIVATE KEY-----"
_KEY_AT_MOST = 1 << 20
_CODE = (".py", ".pyi", ".js", ".ts", ".html", ".md", ".rst", ".c", ".h", ".go", ".rs", ".java")


@dataclass(frozen=True)
class Content:
    """The bytes of one file. ``machine`` is the machine they run on ("" for no machine code); see ``binaries``."""

    sha256: str
    size: int
    executable: bool = False
    machine: str = ""
    secret: bool = False
    """Whether a private key stands in it. Source code is not asked: it may well quote a key's first line."""

    def row(self) -> tuple[str, int, bool, str, bool]:
        """The fields in order, as a note keeps them."""
        return (self.sha256, self.size, self.executable, self.machine, self.secret)

    @property
    def mode(self) -> int:
        """0o755 or 0o644."""
        return 0o755 if self.executable else 0o644


def content_of(fd: int, path: str) -> Content:
    """Read an open file from its start."""
    digest, size, head, secret = hashlib.sha256(), 0, b"", False
    while chunk := os.pread(fd, CHUNK, size):
        if not size:
            head = chunk[:64]
            secret = _holds_key(chunk, path)
        digest.update(chunk)
        size += len(chunk)
    return _content(digest.hexdigest(), size, head, secret=secret)


def content_of_bytes(data: bytes, path: str = "") -> Content:
    """The same of bytes at hand; without a path they are nobody's file, and hold no key."""
    secret = bool(path) and _holds_key(data, path)
    return _content(hashlib.sha256(data).hexdigest(), len(data), data[:64], secret=secret)


def _content(sha256: str, size: int, head: bytes, *, secret: bool) -> Content:
    machine = machine_of(head)
    return Content(sha256, size, head.startswith((b"#!", b"\x7fELF")), machine, secret)


def _holds_key(start: bytes, path: str) -> bool:
    return len(start) < _KEY_AT_MOST and not path.endswith(_CODE) and _KEY in start
