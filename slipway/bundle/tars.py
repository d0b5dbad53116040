"""Writes a tar that says nothing of the machine: fixed times, no owner, modes by content, names in order.

The headers are the standard library's; what is between them is written here, because a file that a pack holds is
copied from it as it is.
"""

import hashlib
import os
import zlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from slipway.bundle.content import CHUNK
from slipway.bundle.deflate_cache import ChangedContent, Member, Pack, raw
from slipway.bundle.errors import damaged
from slipway.bundle.names import check_name
from slipway.bundle.sources import Source, opener_of, refuse_changed


def write_tar(out: Path, sources: Mapping[str, Source], packs: Sequence[Pack], work: Path) -> dict[str, Member]:
    """Write a new tar (POSIX.1-2001) of the sources in their order, a chunk of a file in memory at a time.

    Returns the members by name, with their offsets in the new tar: it is a pack now. Raises :class:`BundleError` where
    a file's bytes are no longer the ones its digest was taken of.
    """
    from tarfile import BLOCKSIZE, PAX_FORMAT, RECORDSIZE, TarInfo

    members: dict[str, Member] = {}
    reader = _PackReader(packs)
    try:
        with out.open("xb", buffering=CHUNK) as file:
            for name, source in sources.items():
                content = source.content
                header = TarInfo(check_name(name))
                header.size, header.mode = content.size, content.mode
                file.write(header.tobuf(PAX_FORMAT, "utf-8", "surrogateescape"))
                start = file.tell()
                for chunk in _own(source) if source.known else reader.chunks(content.sha256):
                    file.write(chunk)
                members[name] = Member(content.sha256, content.size, content.mode, 0, content.size, start)
                file.write(bytes(-content.size % BLOCKSIZE))
            file.write(bytes(2 * BLOCKSIZE))
            file.write(bytes(-file.tell() % RECORDSIZE))
    except ChangedContent as wrong:
        raise refuse_changed(sources, wrong) from None
    finally:
        reader.close()
    return members


def _own(source: Source) -> Iterator[bytes]:
    """The bytes of a file of the app's, as long as they are the ones that it is known by."""
    opener = opener_of(source)
    if isinstance(opener, bytes):
        yield opener
        return
    content, digest, at = source.content, hashlib.sha256(), 0
    with opener() as fd:
        while at < content.size and (chunk := os.pread(fd, min(CHUNK, content.size - at), at)):
            digest.update(chunk)
            at += len(chunk)
            yield chunk
        if digest.hexdigest() != content.sha256 or os.pread(fd, 1, at):
            raise ChangedContent(content.sha256)


class _PackReader:
    """What some packs hold, each opened once."""

    def __init__(self, packs: Sequence[Pack]) -> None:
        self._packs = packs
        self._open: dict[Path, int] = {}

    def chunks(self, sha256: str) -> Iterator[bytes]:
        """A member's content, inflated. Raises :class:`BundleError` where no pack has it."""
        # What a tar has needs no inflating; the notes of older ones do not say where in it a member is.
        result = [
            (pack, member) for pack in self._packs if (member := pack.members.get(sha256)) and _is_placed(pack, member)
        ]
        if not result:
            raise damaged()
        pack, member = min(result, key=lambda one: one[1].deflated)
        if pack.path not in self._open:
            self._open[pack.path] = os.open(pack.path, os.O_RDONLY | os.O_CLOEXEC)
        fd = self._open[pack.path]
        if not member.deflated:
            yield from raw(fd, member)
            return
        data = zlib.decompress(b"".join(raw(fd, member)), -zlib.MAX_WBITS)
        if len(data) != member.size:
            raise damaged()
        yield data

    def close(self) -> None:
        """Close them."""
        for fd in self._open.values():
            os.close(fd)


def _is_placed(pack: Pack, member: Member) -> bool:
    return pack.path.suffix != ".tar" or member.offset > 0
