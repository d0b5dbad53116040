"""Where the bytes of an artifact's members can be had."""

import contextlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from slipway.bundle.content import Content
from slipway.bundle.deflate_cache import ChangedContent, Opener
from slipway.bundle.errors import BundleError, damaged


@dataclass(frozen=True)
class Source:
    """One member's content: a file to open, bytes at hand, or neither where a pack surely has it."""

    content: Content
    opener: Callable[[], contextlib.AbstractContextManager[int]] | None = None
    data: bytes | None = None

    @property
    def known(self) -> bool:
        """Whether the bytes are here; else a pack has them."""
        return self.opener is not None or self.data is not None


def refuse_changed(sources: Mapping[str, Source], wrong: ChangedContent) -> BundleError:
    """The error for a file that is written while it is read, by the digest it was to have."""
    name = next(name for name, source in sources.items() if source.content.sha256 == str(wrong))
    return BundleError(f"{name} changed while it was read: let whatever writes it finish, then run again")


def opener_of(source: Source) -> Opener:
    """The way to open a source. Raises :class:`BundleError` for one that a pack should have had."""
    if source.data is not None:
        return source.data
    if source.opener is None:
        raise damaged()
    return source.opener
