"""The deflate cache: packs, files of deflated members, so that an artifact is copied together instead of deflated anew.

Three things are packs: the store of an app's dependencies, the previous zip of the same app, and the temporary file
that new members are deflated into. A member is found by the sha256 of its content.
"""

import hashlib
import os
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import IO, TYPE_CHECKING

from slipway.bundle.content import CHUNK, Content
from slipway.bundle.errors import damaged

if TYPE_CHECKING:
    from concurrent.futures import Future

LEVEL = 5
"""1 % larger than zlib's default of 6, in two thirds of its time (28 MB of wheels: 9.08 MB in 0.49 s, 8.99 in 0.77)."""

_IN_MEMORY = 4 << 20

_MEMORY = 6
"""zlib's memory level for small files: its tables are set up for each of them, and these are a quarter of the default's
(8), for the same size within 0.001 %."""

SMALL = 1 << 16
"""Bytes up to which a file is read at once."""

TINY = 1 << 12
"""Bytes up to which deflating takes no longer than threads take to hand Python over to each other."""

DEFLATE_SETTINGS = f"zlib {zlib.ZLIB_RUNTIME_VERSION}, level {LEVEL}, memory {_MEMORY}"
"""What the deflated bytes follow from beside the content: part of every key under which they are kept."""

_TOGETHER = 64

AT_ONCE = 1 << 18
"""Bytes up to which deflating takes less than it takes to set threads up."""


@dataclass(frozen=True, slots=True)
class Member:
    """The raw bytes of one file as they stand in a pack: deflated, or as they are where deflating gains nothing."""

    sha256: str
    size: int
    mode: int
    crc: int
    packed: int
    offset: int

    def row(self) -> tuple[str, int, int, int, int, int]:
        """The fields in order, as a note keeps them."""
        return (self.sha256, self.size, self.mode, self.crc, self.packed, self.offset)

    @property
    def deflated(self) -> bool:
        """Whether the bytes have to be inflated."""
        return self.packed < self.size


@dataclass(frozen=True)
class Pack:
    """A file of members, by the sha256 of their content."""

    path: Path
    members: Mapping[str, Member]


def raw(fd: int, member: Member) -> Iterator[bytes]:
    """A member's bytes as they stand in the open pack, a chunk at a time. Raises :class:`BundleError` for a cut one."""
    at, end = member.offset, member.offset + member.packed
    while at < end:
        chunk = os.pread(fd, min(CHUNK, end - at), at)
        if not chunk:
            raise damaged()
        at += len(chunk)
        yield chunk


Opener = Callable[[], AbstractContextManager[int]] | bytes
"""Opens a file for reading; the descriptor is closed, and the file looked at again, on leaving. Or bytes at hand."""


def deflate_all(items: Mapping[str, tuple[Content, Opener]], into: Path) -> Pack:
    """Deflate the files (sha256 -> content and opener) into a new pack, on every core, in whatever order they end.

    Memory stays flat: a large file goes through in chunks, and what it deflates to goes to disk beyond 4 MB. Raises
    :class:`ChangedContent` with the sha256 that was expected, where a file's bytes are no longer the ones it had.
    """
    tiny = {sha256: item for sha256, item in items.items() if item[0].size <= TINY}
    others = [item for sha256, item in items.items() if sha256 not in tiny]
    with into.open("xb") as out:
        pack = _PackWriter(out)
        if sum(content.size for content, _ in others) <= AT_ONCE:
            pack.add(map(_deflated, others))
        else:
            _on_every_core(others, pack)
        pack.add(map(_deflated, tiny.values()))
    return Pack(into, pack.members)


def _on_every_core(items: list[tuple[Content, Opener]], pack: "_PackWriter") -> None:
    from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait

    workers = os.cpu_count() or 1
    # The largest first: the last one to end should be a short one.
    waiting = iter(_batches(sorted(items, key=lambda item: (-item[0].size, item[0].sha256))))
    with ThreadPoolExecutor(workers) as pool:
        running: set[Future[list[_Deflated]]] = set()
        try:
            while True:
                running |= {pool.submit(_deflate_batch, batch) for batch in islice(waiting, 2 * workers - len(running))}
                if not running:
                    break
                done, running = wait(running, return_when=FIRST_COMPLETED)
                for future in done:
                    pack.add(future.result())
        finally:
            for future in running:
                future.cancel()


class ChangedContent(Exception):
    """A file does not hold the bytes any more that its digest was taken of."""


@dataclass(frozen=True)
class _Deflated:
    content: Content
    crc: int
    packed: int
    data: bytes | IO[bytes]


class _PackWriter:
    """A pack that members are added to, one after the other."""

    def __init__(self, out: IO[bytes]) -> None:
        self._out, self._end = out, 0
        self.members: dict[str, Member] = {}

    def add(self, deflated: Iterable[_Deflated]) -> None:
        """Write them at its end."""
        for one in deflated:
            if isinstance(one.data, bytes):
                self._out.write(one.data)
            else:
                with one.data:
                    while chunk := one.data.read(CHUNK):
                        self._out.write(chunk)
            content = one.content
            self.members[content.sha256] = Member(
                content.sha256, content.size, content.mode, one.crc, one.packed, self._end
            )
            self._end += one.packed


def _batches(items: Iterable[tuple[Content, Opener]]) -> Iterator[list[tuple[Content, Opener]]]:
    """Large files one by one, small ones together: handing over a task costs as much as deflating a small file."""
    batch: list[tuple[Content, Opener]] = []
    for item in items:
        batch.append(item)
        if item[0].size > SMALL or len(batch) == _TOGETHER:
            yield batch
            batch = []
    if batch:
        yield batch


def _deflate_batch(items: list[tuple[Content, Opener]]) -> list[_Deflated]:
    return list(map(_deflated, items))


def _deflated(item: tuple[Content, Opener]) -> _Deflated:
    return (_deflate_small if item[0].size <= SMALL else _deflate_large)(*item)


def _deflate_small(content: Content, opener: Opener) -> _Deflated:
    if isinstance(opener, bytes):
        data = opener
    else:
        with opener() as fd:
            data = os.pread(fd, SMALL + 1, 0)
        if hashlib.sha256(data).hexdigest() != content.sha256:
            raise ChangedContent(content.sha256)
    squeeze = zlib.compressobj(LEVEL, zlib.DEFLATED, -_window(len(data)), _MEMORY)
    packed = squeeze.compress(data) + squeeze.flush()
    remaining = packed if len(packed) < len(data) else data
    return _Deflated(content, zlib.crc32(data), len(remaining), remaining)


def _window(size: int) -> int:
    """The smallest window (its logarithm) that gives the same bytes as the largest one, and is set up much faster.

    zlib looks back as far as the window less 262 bytes, its ``MIN_LOOKAHEAD`` (deflate.h).
    """
    return min(zlib.MAX_WBITS, max(9, (size + 262).bit_length()))


def _deflate_large(content: Content, opener: Opener) -> _Deflated:
    if isinstance(opener, bytes):
        return _deflate_small(content, opener)
    import tempfile

    data: IO[bytes] = tempfile.SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115 (`_append` closes it)
    squeeze = zlib.compressobj(LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)
    digest, crc, size = hashlib.sha256(), 0, 0
    with opener() as fd:
        for chunk in _chunks(fd):
            digest.update(chunk)
            crc, size = zlib.crc32(chunk, crc), size + len(chunk)
            data.write(squeeze.compress(chunk))
        data.write(squeeze.flush())
        if digest.hexdigest() != content.sha256:
            raise ChangedContent(content.sha256)
        if data.tell() >= size:
            data.seek(0)
            data.truncate()
            for chunk in _chunks(fd):
                data.write(chunk)
        packed = data.tell()
    data.seek(0)
    return _Deflated(content, crc, packed, data)


def _chunks(fd: int) -> Iterator[bytes]:
    at = 0
    while chunk := os.pread(fd, CHUNK, at):
        at += len(chunk)
        yield chunk
