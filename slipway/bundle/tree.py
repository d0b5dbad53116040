"""A folder of ``app_src`` as it is on disk: looked through once, refused where it is hostile, read without following.

No symbolic link leads out of it. The walk opens folders one below the other with ``O_NOFOLLOW``; a file is read only
where it is still the inode that the walk saw, so that a folder exchanged for a link in between leads nowhere. A link to
a file of the same app stands for a copy of that file; every other link is refused.
"""

import errno
import os
import posixpath
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from slipway.bundle.content import CHUNK
from slipway.bundle.errors import BundleError
from slipway.bundle.file_stamps import Stamp, stamp_of
from slipway.bundle.ignore import GITIGNORE, IGNORE_FILE, Rules
from slipway.bundle.names import check_name, check_together, shown

MOST_FILES = 50_000
"""Files one app may have; App Engine takes 10,000, a zip without extensions 65,535."""

MOST_BYTES = 2 * 1024**3
"""Bytes one app may have, whatever its target takes; a sparse file counts in full."""

_OPEN = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


@dataclass(frozen=True)
class FileStat:
    """A file as the walk saw it. ``path`` is where its bytes are: its own place, or the one its link points to."""

    path: str
    stamp: Stamp
    """Differs whenever the file does, but for one tick of the clock."""

    @property
    def ctime_ns(self) -> int:
        """When the file was last changed in any way."""
        return self.stamp[2]


@dataclass(frozen=True)
class LeftOut:
    """Something of the folder that is not in the artifact, and why. Folders end with a slash."""

    path: str
    why: str


@dataclass(frozen=True)
class Tree:
    """An app's folder after the walk: what belongs (sorted by path) and what stays out."""

    root: Path
    files: dict[str, FileStat]
    left_out: tuple[LeftOut, ...]
    stamps: dict[str, Stamp] = field(default_factory=dict)
    """Everything the walk looked at, by path: files, links, what stays out, and the folders, ending in a slash.

    While all of these are the same, so is the tree."""

    @contextmanager
    def open(self, path: str) -> Iterator[int]:
        """A descriptor on the file that the walk saw as ``path``.

        Raises :class:`BundleError` where the file is no longer that one, now or when the reading ends.
        """
        entry = self.files[path]
        try:
            fd = os.open(f"{self.root}/{entry.path}", _OPEN)
        except PermissionError:
            raise BundleError(f"{self.root / path} cannot be read: this user may not") from None
        except OSError:
            raise changed(self.root, path) from None
        try:
            # A folder exchanged for a link leads to another inode, of which nothing is read.
            if stamp_of(os.fstat(fd)) != entry.stamp:
                raise changed(self.root, path)
            yield fd
            if stamp_of(os.fstat(fd)) != entry.stamp:
                raise changed(self.root, path)
        finally:
            os.close(fd)

    def read(self, path: str) -> bytes:
        """The whole file. For the small ones that are read for what they say: a lock, a Procfile."""
        with self.open(path) as fd:
            size = self.files[path].stamp[0]
            # A byte more than there should be, so that what is missing or too much shows in one reading.
            data = os.pread(fd, size + 1, 0)
            while len(data) != size and (more := os.pread(fd, CHUNK, len(data))):
                data += more
            return data


def look_through(
    source: Path,
    *,
    cache: Path | None = None,
    data: Sequence[str] = (),
    needed: Sequence[str] = (),
    most_files: int = MOST_FILES,
    most_bytes: int = MOST_BYTES,
) -> Tree:
    """The folder's files, without what the rules and ``data`` leave out, and without ``cache`` where that lies inside.

    ``needed`` names files and folders that belong although the rules' defaults leave them out.

    Raises :class:`BundleError` with the path named for what has no place in an artifact: links that leave the app or
    stand for a folder, hard links, devices, sockets and FIFOs, setuid and setgid files, names that systems read
    differently, too many files, too many bytes.
    """
    if not source.is_dir():
        raise BundleError(f"there is no folder {source}: name the folder of an app")
    root = source.resolve()
    walk = _Walk(root, _rules(root, data, needed), most_files, most_bytes)
    if cache is not None and cache.is_dir():
        walk.cache = (cache.stat().st_dev, cache.stat().st_ino)
    walk.folder("")
    files = dict(sorted((walk.files | walk.linked()).items()))
    check_together(files, of=f"the app {root.name}")
    return Tree(root, files, tuple(sorted(walk.left_out, key=lambda one: one.path)), walk.stamps)


def read_beside(root: Path, name: str) -> str:
    """A file at the top of an app that is never part of an artifact, as an ignore file; "" where there is none.

    Raises :class:`BundleError` where it is a link or no file.
    """
    try:
        status = (root / name).lstat()
    except FileNotFoundError:
        return ""
    if not stat.S_ISREG(status.st_mode):
        raise BundleError(f"{root / name} is not an ordinary file")
    with os.fdopen(_open_beneath(root, name), "rb") as file:
        return file.read().decode("utf-8", "replace")


def changed(root: Path, path: str) -> BundleError:
    """The error for a file that is written while it is read."""
    return BundleError(f"{root / path} changed while it was read: let whatever writes it finish, then run again")


class _Walk:
    """One pass over a folder; what it gathers."""

    def __init__(self, root: Path, rules: Rules, most_files: int, most_bytes: int) -> None:
        self.root, self.rules = root, rules
        self.most_files, self.most_bytes = most_files, most_bytes
        self.files: dict[str, FileStat] = {}
        self.links: dict[str, str] = {}
        self.left_out: list[LeftOut] = []
        self.stamps: dict[str, Stamp] = {}
        self.bytes = 0
        self.cache: tuple[int, int] | None = None

    def folder(self, prefix: str) -> None:
        fd = _open_beneath(self.root, prefix.rstrip("/"), os.O_DIRECTORY)
        try:
            # Before it is listed: what joins it meanwhile then shows as a change.
            self.stamps[prefix] = stamp_of(os.fstat(fd))
            with os.scandir(fd) as entries:
                result = [(entry.name, entry.stat(follow_symlinks=False)) for entry in entries]
        except FileNotFoundError:
            raise changed(self.root, prefix) from None
        finally:
            os.close(fd)
        if prefix and any(name == "pyvenv.cfg" for name, _ in result):
            self.left_out.append(LeftOut(prefix, "virtual environment"))
            return
        for name, status in result:
            self.one(prefix + name, status)

    def one(self, path: str, status: os.stat_result) -> None:
        if not stat.S_ISDIR(status.st_mode):
            self.stamps[path] = stamp_of(status)
        folder, link = stat.S_ISDIR(status.st_mode), stat.S_ISLNK(status.st_mode)
        # A link to a folder goes by the folder's name too: `.venv` stays out however it came about.
        why = self.rules.why_not(path, folder=folder) or (link and self.rules.why_not(path, folder=True))
        if folder and (status.st_dev, status.st_ino) == self.cache:
            why = "the cache of artifacts"
        if why:
            self.left_out.append(LeftOut(path + "/" if folder else path, why))
            return
        check_name(path, of=f"the app {self.root.name}")
        if folder:
            self.folder(path + "/")
        elif link:
            self.links[path] = str((self.root / path).readlink())
        else:
            self.file(path, status)

    def file(self, path: str, status: os.stat_result) -> None:
        if wrong := _fault(status):
            raise BundleError(f"{shown(str(self.root / path))} {wrong}")
        self.files[path] = _file_stat(path, status)
        self.bytes += status.st_size
        if len(self.files) > self.most_files:
            raise BundleError(
                f"the app {self.root.name} has more than {self.most_files} files: name what does not belong in "
                f"{self.root / IGNORE_FILE}"
            )
        if self.bytes > self.most_bytes:
            raise BundleError(
                f"the app {self.root.name} is larger than {self.most_bytes // 1024**2} MB (with {shown(path)}, "
                f"{status.st_size / 1024**2:.0f} MB): name what does not belong in {self.root / IGNORE_FILE}"
            )

    def linked(self) -> dict[str, FileStat]:
        """The files that links of the app stand for."""
        return {path: self.follow(path) for path in self.links}

    def follow(self, path: str) -> FileStat:
        at, hops = path, 0
        while at in self.links:
            at = posixpath.normpath(posixpath.join(posixpath.dirname(at), self.links[at]))
            hops += 1
            if hops > 40:
                raise BundleError(f"{shown(str(self.root / path))} is a link that leads to itself: remove it")
        if at not in self.files:
            raise BundleError(
                f"{shown(str(self.root / path))} is a link to {shown(self.links[path])}, which is not a file of the "
                "artifact: put a copy in its place"
            )
        return self.files[at]


def _fault(status: os.stat_result) -> str:
    """What is wrong with something that is neither a folder nor a link; "" for an ordinary file."""
    if not stat.S_ISREG(status.st_mode):
        return f"is {_SPECIAL.get(stat.S_IFMT(status.st_mode), 'no ordinary file')}: remove it, or ignore it"
    if status.st_mode & (stat.S_ISUID | stat.S_ISGID):
        return "is setuid or setgid: `chmod ug-s` it"
    if status.st_nlink > 1:
        return "is a hard link, so that it changes with a file elsewhere: put a copy in its place"
    return ""


_SPECIAL = {
    stat.S_IFIFO: "a FIFO",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}


def _file_stat(path: str, status: os.stat_result) -> FileStat:
    return FileStat(path, stamp_of(status))


def _open_beneath(root: Path, path: str, flags: int = 0) -> int:
    """Open ``path`` below ``root``, no part of it a link. Raises :class:`BundleError` where one has become one."""
    parts = path.split("/") if path else []
    at = os.open(root, _OPEN | (flags if not parts else os.O_DIRECTORY))
    for number, part in enumerate(parts, 1):
        try:
            below = os.open(part, _OPEN | (flags if number == len(parts) else os.O_DIRECTORY), dir_fd=at)
        except OSError as wrong:
            if wrong.errno in (errno.ELOOP, errno.ENOTDIR, errno.ENOENT, errno.ENXIO):
                raise changed(root, path) from None
            raise BundleError(f"{shown(str(root / path))} cannot be read: {wrong.strerror}") from None
        finally:
            os.close(at)
        at = below
    return at


def _rules(root: Path, data: Sequence[str], needed: Sequence[str]) -> Rules:
    own, git = read_beside(root, IGNORE_FILE), read_beside(root, GITIGNORE)
    return Rules.parse(own, git=git, path=str(root / IGNORE_FILE), data=data, needed=needed)
