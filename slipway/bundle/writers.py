"""One writer a format, chosen by the artifact's suffix."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from slipway.bundle.deflate_cache import ChangedContent, Member, Pack, deflate_all
from slipway.bundle.errors import damaged
from slipway.bundle.sources import Source, opener_of, refuse_changed
from slipway.bundle.tars import write_tar
from slipway.bundle.zips import write_zip

Writer = Callable[[Path, Mapping[str, Source], Sequence[Pack], Path], dict[str, Member]]
"""``writer(out, sources by name and sorted, packs, folder for what is temporary) -> members by name``."""


def write_zipped(out: Path, sources: Mapping[str, Source], packs: Sequence[Pack], work: Path) -> dict[str, Member]:
    """Copy what the packs hold, deflate the rest, write the zip."""
    new = {
        source.content.sha256: (source.content, opener_of(source))
        for source in sources.values()
        if not any(source.content.sha256 in pack.members for pack in packs)
    }
    try:
        packs = [*packs, deflate_all(new, work / "new")] if new else packs
    except ChangedContent as wrong:
        raise refuse_changed(sources, wrong) from None
    return write_zip(out, ((name, *_found(source, packs)) for name, source in sources.items()))


def _found(source: Source, packs: Sequence[Pack]) -> tuple[Member, Path]:
    for pack in packs:
        if member := pack.members.get(source.content.sha256):
            return member, pack.path
    raise damaged()


WRITERS: dict[str, Writer] = {".zip": write_zipped, ".whl": write_zipped, ".tar": write_tar}
