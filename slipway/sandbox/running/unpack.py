"""Unpacks an uploaded source zip: nothing outside of the folder, nothing but plain files, nothing without end."""

import stat
import zipfile
from io import BytesIO
from pathlib import Path, PurePosixPath, PureWindowsPath

from slipway.sandbox.services import files

MAX_FILES = 10_000
"""What App Engine takes of a version, the least of the clouds (https://cloud.google.com/appengine/docs/standard/quotas)."""
MAX_BYTES = 1 << 30
"""Unpacked; App Engine's limit of a version is 2 GB."""


class HostileZipError(ValueError):
    """The zip is no zip, or would do harm; says what in it."""


def unpack(data: bytes, target: Path) -> None:
    """Write the files of the zip ``data`` as the folder ``target``, whole or not at all, in place of what was there.

    Everything is judged before anything is written. Raises :class:`HostileZipError`.
    """
    try:
        with zipfile.ZipFile(BytesIO(data)) as packed:
            members = [item for item in packed.infolist() if not item.is_dir()]
            _judge(members)
            with files.whole(target) as folder:
                for item in members:
                    path = folder / item.filename
                    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                    path.write_bytes(packed.read(item))
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError) as error:
        raise HostileZipError(f"the source is not a zip that can be read: {error}") from error


def _judge(members: list[zipfile.ZipInfo]) -> None:
    if len(members) > MAX_FILES:
        raise HostileZipError(f"the zip holds {len(members)} files, the sandbox takes {MAX_FILES}")
    if (size := sum(item.file_size for item in members)) > MAX_BYTES:
        raise HostileZipError(f"the zip unpacks to {size} bytes, the sandbox takes {MAX_BYTES}")
    names: set[str] = set()
    for item in members:
        _judge_name(item)
        if item.filename.casefold() in names:
            raise HostileZipError(f"the zip holds {item.filename!r} twice, but for case")
        names.add(item.filename.casefold())
    for name in names:
        if above := next((str(p) for p in PurePosixPath(name).parents if str(p) in names), None):
            raise HostileZipError(f"the zip holds {above!r} as a file and as a folder")


def _judge_name(item: zipfile.ZipInfo) -> None:
    name = item.filename
    path = PurePosixPath(name)
    if (
        path.is_absolute()
        or PureWindowsPath(name).drive
        or ".." in path.parts
        or "\\" in name
        or "\0" in item.orig_filename
    ):
        raise HostileZipError(f"the zip holds {item.orig_filename!r}, which leads out of its folder")
    mode = item.external_attr >> 16
    if stat.S_IFMT(mode) not in (0, stat.S_IFREG):
        raise HostileZipError(f"the zip holds {name!r}, which is a link or a device")
