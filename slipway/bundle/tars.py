"""Writes a tar that says nothing of the machine: fixed times, no owner, modes by content, names in order."""

import hashlib
import io
import os
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from slipway.bundle.names import check_name
from slipway.bundle.packs import ChangedContent, Member, Pack
from slipway.bundle.sources import Source, damaged, refuse_changed

if TYPE_CHECKING:
    import tarfile


def write_tar(out: Path, sources: Mapping[str, Source], packs: Sequence[Pack], work: Path) -> dict[str, Member]:
    """Write a new tar (POSIX.1-2001) of the sources in their order, a chunk of a file in memory at a time.

    Nothing is compressed, so a pack is of use only for what nothing else has: dependencies. Raises
    :class:`BundleError` where a file's bytes are no longer the ones its digest was taken of.
    """
    import tarfile

    members: dict[str, Member] = {}
    try:
        with tarfile.open(out, "x", format=tarfile.PAX_FORMAT) as tar:
            for name, source in sources.items():
                header = tarfile.TarInfo(check_name(name))
                header.size, header.mode = source.content.size, source.content.mode
                _add(tar, header, source if source.known else replace(source, data=_unpacked(source, packs)))
                content = source.content
                members[name] = Member(content.sha256, content.size, content.mode, 0, content.size, 0)
    except ChangedContent as wrong:
        raise refuse_changed(sources, wrong) from None
    return members


def _add(tar: "tarfile.TarFile", header: "tarfile.TarInfo", source: Source) -> None:
    with source.open() as fd:
        reading = _Checked(fd, source.content.size)
        try:
            tar.addfile(header, reading)
        except OSError as wrong:
            if reading.short:
                raise ChangedContent(source.content.sha256) from wrong
            raise
        if reading.digest.hexdigest() != source.content.sha256 or os.pread(fd, 1, reading.at):
            raise ChangedContent(source.content.sha256)


def _unpacked(source: Source, packs: Sequence[Pack]) -> bytes:
    """A member's content as a pack has it, inflated. Raises :class:`BundleError` where none does."""
    for pack in packs:
        if member := pack.members.get(source.content.sha256):
            with pack.path.open("rb") as file:
                data = os.pread(file.fileno(), member.packed, member.offset)
            return zlib.decompress(data, -zlib.MAX_WBITS) if member.deflated else data
    raise damaged()


class _Checked(io.RawIOBase):
    """A file that takes the digest of what is read of it."""

    def __init__(self, fd: int, size: int) -> None:
        self.fd, self.size, self.at, self.digest = fd, size, 0, hashlib.sha256()

    @property
    def short(self) -> bool:
        return self.at < self.size

    def read(self, size: int = -1) -> bytes:
        data = os.pread(self.fd, size if size >= 0 else self.size - self.at, self.at)
        self.at += len(data)
        self.digest.update(data)
        return data
