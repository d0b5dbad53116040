"""Where the bytes of an artifact's members can be had."""

import contextlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from slipway.bundle.content import Content
from slipway.bundle.errors import BundleError
from slipway.bundle.packs import ChangedContent, Opener


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

    @contextlib.contextmanager
    def open(self) -> Iterator[int]:
        """A descriptor to read the bytes from."""
        if self.opener is not None:
            with self.opener() as fd:
                yield fd
            return
        if self.data is None:
            raise damaged()
        import tempfile

        with tempfile.TemporaryFile() as file:
            file.write(self.data)
            file.flush()
            yield file.fileno()


def damaged() -> BundleError:
    """The error for a cache that somebody else changed."""
    return BundleError("the bundle cache is damaged: run `slipway bundle --clean`, then again")


def refuse_changed(sources: Mapping[str, Source], wrong: ChangedContent) -> BundleError:
    """The error for a file that is written while it is read, by the digest it was to have."""
    name = next(name for name, source in sources.items() if source.content.sha256 == str(wrong))
    return BundleError(f"{name} changed while it was read: let whatever writes it finish, then run again")


def opener_of(source: Source) -> Opener:
    """The way to open a source, for what takes no more of it than that."""
    if source.data is not None:
        return source.data
    if source.opener is not None:
        return source.opener

    def opened() -> contextlib.AbstractContextManager[int]:
        return source.open()

    return opened
