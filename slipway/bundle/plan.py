"""What a kind decides before anything is done: which file goes where, what is made, which wheels are needed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from slipway.bundle.content import Content
from slipway.bundle.errors import BundleError
from slipway.bundle.locks.pins import Lock, Pin
from slipway.bundle.platforms import Platform
from slipway.bundle.texts import text_of
from slipway.bundle.tree import LeftOut, Tree

MB = 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class Wheels:
    """Dependencies to put inside, from wheels alone, below ``prefix`` ("" or a folder ending in a slash)."""

    lock: bytes
    """A requirements file with every package pinned and hashed."""
    platform: Platform
    prefix: str = ""
    complete: bool = False
    """Whether the lock is a closed set for the platform, so that nothing is resolved again."""
    built: tuple[Pin, ...] = ()
    """Packages that no index has, to be built from their sources."""
    root: Path = Path()
    """The app's folder, which the folders of ``built`` are relative to."""

    @classmethod
    def of(cls, lock: Lock, *, root: Path, platform: Platform, prefix: str = "") -> "Wheels":
        """All that a lock pins."""
        return cls(
            lock=lock.text, platform=platform, prefix=prefix, complete=lock.complete, built=lock.built, root=root
        )


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What a target takes. Bytes, except ``files``; None where it says nothing."""

    target: str
    source: str
    """The page that states the limits."""
    unpacked: int | None = None
    packed: int | None = None
    direct: int | None = None
    """Beyond this the file cannot be part of a request: it goes by the cloud's object store."""
    files: int | None = None
    one_file: int | None = None


@dataclass(frozen=True, kw_only=True)
class App:
    """An app's folder with its files read: what a kind plans from."""

    tree: Tree
    contents: Mapping[str, Content]
    in_memory: Mapping[str, bytes] = field(default_factory=dict)
    """The bytes of some of the files, which were read just now."""

    @property
    def name(self) -> str:
        """The folder's name."""
        return self.root.name

    @property
    def root(self) -> Path:
        """The folder."""
        return self.tree.root

    def __contains__(self, path: str) -> bool:
        return path in self.tree.files

    def read(self, path: str) -> bytes:
        """One of the app's files, whole."""
        return self.tree.read(path)

    def text(self, path: str) -> str:
        """One of the app's files as text. Raises :class:`BundleError` where it is neither UTF-8 nor UTF-16."""
        try:
            return text_of(self.read(path))
        except UnicodeDecodeError:
            raise BundleError(f"{self.tree.root / path} is not UTF-8 text") from None

    def need(self, path: str, why: str) -> str:
        """``path`` itself. Raises :class:`BundleError` where the app has no such file, saying why it is needed."""
        if path in self:
            return path
        left_out = next((one for one in self.tree.left_out if one.path == path or path.startswith(one.path)), None)
        reason = f"is left out ({left_out.why})" if left_out else "is missing"
        raise BundleError(f"{self.tree.root / path} {reason}: {why}")


@dataclass(frozen=True, kw_only=True)
class Plan:
    """A kind's decision.

    ``own`` maps names inside to paths of the app, ``made`` names inside to bytes that no file holds.
    """

    own: Mapping[str, str]
    made: Mapping[str, bytes] = field(default_factory=dict)
    wheels: Wheels | None = None
    left_out: tuple[LeftOut, ...] = ()
    file_name: str = ""
    """The name the target's tools ask for, where they ask for one."""
    elsewhere: int = 0
    """Unpacked bytes that count towards the target's limit but come another way (layers)."""


def _nothing_more(source: Path, options: Mapping[str, object]) -> tuple[str, ...]:
    return ()


@dataclass(frozen=True, kw_only=True)
class Kind:
    """One kind of artifact: its name, how it is written, what its target takes, how it decides."""

    name: str
    says: str
    suffix: str
    limits: Limits
    plan: Callable[..., Plan]
    """``plan(app, **options) -> Plan``; the options are the kind's own, checked by the plan."""
    fits: Callable[[App], bool]
    """Whether an app looks as if it were meant for this kind; the first of the table that fits is taken."""
    needed: Callable[[Path, Mapping[str, object]], tuple[str, ...]] = _nothing_more
    """Paths of the folder that belong although they would be left out otherwise, by the folder and the options."""


def own_files(app: App, *left_out: LeftOut) -> tuple[dict[str, str], tuple[LeftOut, ...]]:
    """Every file of the app under its own path, but for those a kind leaves out; and the latter that are there."""
    left_out_by_path = {one.path: one for one in left_out if one.path in app}
    return {path: path for path in app.tree.files if path not in left_out_by_path}, tuple(left_out_by_path.values())
