"""One writer a format, chosen by the artifact's suffix."""

import contextlib
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from slipway.bundle.content import Content
from slipway.bundle.errors import BundleError
from slipway.bundle.packs import ChangedContent, Member, Opener, Pack, deflate_all
from slipway.bundle.zips import write_zip


@dataclass(frozen=True)
class Source:
    """Where one member's bytes can be had: a file to open, bytes at hand, or else a pack that surely has them."""

    content: Content
    opener: Opener | None = None
    data: bytes | None = None


Writer = Callable[[Path, Mapping[str, Source], Sequence[Pack], Path], dict[str, Member]]
"""``writer(out, sources by name and sorted, packs, folder for what is temporary) -> members by name``."""


def write_zipped(out: Path, sources: Mapping[str, Source], packs: Sequence[Pack], work: Path) -> dict[str, Member]:
    """Copy what the packs hold, deflate the rest, write the zip."""
    new = {
        source.content.sha256: (source.content, _opener(source, work))
        for source in sources.values()
        if not any(source.content.sha256 in pack.members for pack in packs)
    }
    try:
        packs = [*packs, deflate_all(new, work / "new")] if new else packs
    except ChangedContent as wrong:
        names = [name for name, source in sources.items() if source.content.sha256 == str(wrong)]
        raise BundleError(
            f"{names[0]} changed while it was read: let whatever writes it finish, then run again"
        ) from None
    return write_zip(out, ((name, *_found(source, packs)) for name, source in sources.items()))


def _found(source: Source, packs: Sequence[Pack]) -> tuple[Member, Path]:
    for pack in packs:
        if member := pack.members.get(source.content.sha256):
            return member, pack.path
    raise BundleError("the bundle cache is damaged: run `slipway bundle --clean`, then again")


def _opener(source: Source, work: Path) -> Opener:
    if source.opener is not None:
        return source.opener
    data = source.data or b""

    @contextlib.contextmanager
    def written() -> Iterator[int]:
        file = work / source.content.sha256
        file.write_bytes(data)
        fd = os.open(file, os.O_RDONLY | os.O_CLOEXEC)
        try:
            yield fd
        finally:
            os.close(fd)

    return written


WRITERS: dict[str, Writer] = {".zip": write_zipped}
