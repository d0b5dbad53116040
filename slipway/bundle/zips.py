"""Writes a zip from members that are deflated already (APPNOTE.TXT 6.3, sections 4.3 and 4.4).

The standard library can deflate into a zip, not copy into one. What is written here is the plain subset that every
reader knows: no extra fields, no data descriptors, no comments, no folders, no zip64; the date is the format's first.
"""

import os
import struct
from collections.abc import Iterable
from pathlib import Path

from slipway.bundle.content import CHUNK
from slipway.bundle.deflate_cache import Member, raw
from slipway.bundle.errors import BundleError
from slipway.bundle.names import check_name

_LOCAL = struct.Struct("<4sHHHHHLLLHH")
_CENTRAL = struct.Struct("<4sHHHHHHLLLHHHHHLL")
_END = struct.Struct("<4sHHHHLLH")
_VERSION = 20
_UNIX = 3 << 8
_TIME, _DATE = 0, 0x21  # 1980-01-01 00:00:00
_DEFLATED, _STORED = 8, 0
_UTF8 = 0x800
_REGULAR = 0o100000

MOST_FILES = 0xFFFF - 1
MOST_BYTES = 0xFFFFFFFF - 1


def write_zip(out: Path, members: Iterable[tuple[str, Member, Path]]) -> dict[str, Member]:
    """Write a new zip of ``(name, member, the pack it is in)``, in the order given: the caller's, sorted by name.

    Returns the same members by name, with their offsets in the new zip: it is a pack now. Raises
    :class:`BundleError` for a name that has no place in an artifact, and beyond the format's 65,534 files or 4 GB.
    """
    placed: dict[str, Member] = {}
    central: list[bytes] = []
    packs: dict[Path, int] = {}
    start = 0
    try:
        with out.open("xb", buffering=CHUNK) as file:
            for name, member, pack in members:
                if pack not in packs:
                    packs[pack] = os.open(pack, os.O_RDONLY | os.O_CLOEXEC)
                encoded = check_name(name).encode()
                fields = _fields(member, encoded)
                if start + member.packed > MOST_BYTES or member.size > MOST_BYTES or len(placed) == MOST_FILES:
                    raise BundleError(f"a zip holds at most {MOST_FILES} files and 4 GB: leave something out")
                file.write(_LOCAL.pack(b"PK\3\4", _VERSION, *fields, len(encoded), 0))
                file.write(encoded)
                for chunk in raw(packs[pack], member):
                    file.write(chunk)
                attributes = (_REGULAR | member.mode) << 16
                central.append(
                    _CENTRAL.pack(
                        b"PK\1\2", _VERSION | _UNIX, _VERSION, *fields, len(encoded), 0, 0, 0, 0, attributes, start
                    )
                    + encoded
                )
                offset = start + _LOCAL.size + len(encoded)
                placed[name] = Member(member.sha256, member.size, member.mode, member.crc, member.packed, offset)
                start = offset + member.packed
            directory = b"".join(central)
            file.write(directory)
            file.write(_END.pack(b"PK\5\6", 0, 0, len(central), len(central), len(directory), start, 0))
    finally:
        for fd in packs.values():
            os.close(fd)
    return placed


def _fields(member: Member, encoded: bytes) -> tuple[int, int, int, int, int, int, int]:
    """What local and central header share: flags, method, time, date, crc, packed size, size."""
    flags = 0 if encoded.isascii() else _UTF8
    method = _DEFLATED if member.deflated else _STORED
    return (flags, method, _TIME, _DATE, member.crc, member.packed, member.size)
