"""Where artifacts are kept: by content, written in one step, bounded, safe to share between processes.

    artifacts/<digest>.zip           an artifact; <digest>.json is its manifest, <digest>.zip.members its raw members
    keys/<key>.json                  which artifact the inputs ``key`` stands for made
    deps/<key>.pack                  an installed and deflated set of dependencies
    index/<source>.json              digests of an app's files by what stat says
    latest/<source and kind>         the digest of the artifact made last, whose members the next one copies
    stat/<question>                  what `stat` said of an app whose artifact was made, and which it was
    trials/<question>.json           what came of importing an artifact
    locks/, tmp/                     one lock a key; one folder a running build

``deps/`` and ``trials/`` are the user's: a second clone neither installs nor deflates nor imports what the first has.
They lie in a cache of the same shape beside uv's own, and are named by what is in them: sharing cannot change an
artifact.

Everything is written in ``tmp`` and renamed, so that a killed build leaves nothing but its folder there, which the
next build removes. A power failure may leave a renamed file short; its size and times then disagree with what was
noted, and it is made again.
"""

import contextlib
import fcntl
import hashlib
import os
import time
from collections.abc import Iterator
from pathlib import Path

from slipway.bundle.user_cache import user_cache

LIMIT = 2 * 1024**3
"""Bytes of artifacts and dependencies that are kept."""

SPARED_S = 600
"""Seconds for which whatever was used stays, even beyond the limit: an upload may be reading it."""

MAX_NOTES = 400
"""Manifests, keys and indexes that are kept of each; manifests outlive their artifacts, for ``--why``."""

_NOTES = ("keys", "index", "latest", "stat", "trials")


class Cache:
    """A folder of artifacts. ``limit`` (bytes) bounds it; see :meth:`bound`.

    ``store`` is the cache that holds the dependencies and the trials: another one, or this.
    """

    def __init__(self, root: Path, *, limit: int = LIMIT, store: "Cache | None" = None) -> None:
        self.root, self.limit = root.absolute(), limit
        self.store = store or self

    @classmethod
    def at(cls, state_folder: Path) -> "Cache":
        """The cache of a project, by the folder its runs write to; dependencies and trials are the user's."""
        return cls(state_folder / "cache" / "bundle", store=cls.of_user())

    @classmethod
    def of_user(cls) -> "Cache | None":
        """The user's cache; None where this user has no home that can be written."""
        try:
            place = user_cache() / "bundle"
            place.mkdir(mode=0o700, parents=True, exist_ok=True)
        except (OSError, RuntimeError):
            return None
        return cls(place) if os.access(place, os.R_OK | os.W_OK | os.X_OK) else None

    @classmethod
    def around(cls, source: Path) -> "Cache":
        """The cache for an app: of ``SLIPWAY_HOME``, else of the project around it, else of the user."""
        if state_folder := os.environ.get("SLIPWAY_HOME"):
            return cls.at(Path(state_folder))
        source = source.absolute()
        for folder in source.parents:
            if (folder / "Pulumi.yaml").is_file():
                return cls.at(folder / ".slipway")
        return cls.of_user() or cls(source.parent / ".slipway" / "cache" / "bundle")

    def file(self, kind: str, name: str) -> Path:
        """A file of one of the cache's folders, which exists then."""
        folder = self.root / kind
        if not folder.is_dir():
            _private(folder)
        return folder / name

    @contextlib.contextmanager
    def shared(self) -> Iterator[None]:
        """While this is held, no process empties the cache."""
        _private(self.root)
        with contextlib.ExitStack() as stack:
            stack.enter_context(_flock(self.root / ".lock", fcntl.LOCK_SH))
            if self.store is not self:
                stack.enter_context(self.store.shared())
            yield

    @contextlib.contextmanager
    def alone(self, key: str) -> Iterator[None]:
        """While this is held, no other process makes what ``key`` stands for."""
        with _flock(self.file("locks", hashlib.sha256(key.encode()).hexdigest()[:2]), fcntl.LOCK_EX):
            yield

    @contextlib.contextmanager
    def workplace(self) -> Iterator[Path]:
        """A folder of one's own on the cache's disk, gone afterwards; sweeps those of killed builds."""
        parent = self.file("tmp", "")
        _sweep(parent)
        folder, fd = _own_folder(parent)
        try:
            yield folder
        finally:
            _remove(folder)
            os.close(fd)

    def used(self, file: Path) -> None:
        """Note that the file was used now. The note is its companion's time: the file's own tells that it is whole."""
        with contextlib.suppress(FileNotFoundError):
            os.utime(companion(file))

    def bound(self) -> None:
        """Remove what was used longest ago until the limit is kept; nothing that was used in the last ten minutes."""
        things = sorted(self._things(), key=lambda thing: thing[0])
        total = sum(size for _, size, _ in things)
        for used, size, file in things:
            if total <= self.limit or time.time() - used < SPARED_S:
                break
            # The companion first: without it the file counts as not there, so no build takes it up in between.
            companion(file).unlink(missing_ok=True)
            file.unlink(missing_ok=True)
            total -= size
        for folder, pattern in (*((name, "*") for name in _NOTES), ("artifacts", "*.json")):
            notes = sorted((self.root / folder).glob(pattern), key=_mtime)
            for note in notes[:-MAX_NOTES]:
                note.unlink(missing_ok=True)
        if self.store is not self:
            self.store.bound()

    def clean(self) -> int:
        """Empty the cache, and its store, once no build is running; returns the bytes that were in them."""
        freed = self.store.clean() if self.store is not self else 0
        if not self.root.is_dir():
            return freed
        with _flock(self.root / ".lock", fcntl.LOCK_EX):
            freed += sum(file.stat().st_size for file in self.root.rglob("*") if file.is_file())
            for entry in self.root.iterdir():
                if entry.is_dir():
                    _remove(entry, whole=True)
        return freed

    def _things(self) -> Iterator[tuple[float, int, Path]]:
        for folder in ("artifacts", "deps"):
            for note in (self.root / folder).glob("*.members"):
                file = note.with_suffix("")
                with contextlib.suppress(FileNotFoundError):
                    yield (note.stat().st_mtime, file.stat().st_size + note.stat().st_size, file)


def companion(file: Path) -> Path:
    """The note beside an artifact or pack: where its members lie, and what ``stat`` said when it was whole."""
    return file.with_name(file.name + ".members")


def _private(folder: Path) -> None:
    """Make a folder, and those above it that are not there, for this user alone: builds hold what an app is made of."""
    if not folder.parent.exists():
        _private(folder.parent)
    folder.mkdir(mode=0o700, exist_ok=True)


def _mtime(file: Path) -> float:
    try:
        return file.stat().st_mtime
    except FileNotFoundError:
        return 0.0


@contextlib.contextmanager
def _flock(file: Path, how: int) -> Iterator[None]:
    # Lock files are never removed: a process that waits for a removed one would not exclude the one that makes it anew.
    fd = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        fcntl.flock(fd, how)
        yield
    finally:
        os.close(fd)


def _own_folder(parent: Path) -> tuple[Path, int]:
    while True:
        folder = parent / os.urandom(8).hex()
        folder.mkdir(mode=0o700)
        try:
            fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        except FileNotFoundError:
            continue
        fcntl.flock(fd, fcntl.LOCK_EX)
        if folder.is_dir():
            return folder, fd
        os.close(fd)  # another build swept it between the two calls


def _sweep(parent: Path) -> None:
    for folder in parent.iterdir():
        with contextlib.suppress(OSError):
            fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            try:
                fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
                _remove(folder)
            finally:
                os.close(fd)


def _remove(folder: Path, *, whole: bool = False) -> None:
    """Remove a folder with all that is in it; ``whole`` says that what cannot be removed is an error."""
    with contextlib.suppress(OSError):
        for entry in folder.iterdir():
            entry.unlink()
        folder.rmdir()
        return
    # Only where folders are in it: loading this takes as long as an edited line does.
    import shutil

    shutil.rmtree(folder, ignore_errors=not whole)
