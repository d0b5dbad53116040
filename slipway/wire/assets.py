"""Assets and archives by content: what is in them, and the hash by which Pulumi compares them.

An asset is a text, a file or what an address answers; an archive is a file (zip or tar), a folder, an address, or a map
of assets and archives by name. The hashes are those of pulumi's ``sdk/go/common/resource/archive`` and ``asset``.
"""

import hashlib
import io
import tarfile
import urllib.error
import urllib.request
import zipfile
from pathlib import Path, PurePosixPath
from typing import IO
from urllib.parse import unquote, urlsplit

from slipway.wire.signatures import ASSET
from slipway.wire.values import Props, signature

ARCHIVE_SUFFIXES = (".tar", ".tgz", ".tar.gz", ".zip", ".jar")
SCHEMES = ("http", "https")
TIMEOUT = 60.0
"""Seconds for which an address may not answer."""


class AssetError(ValueError):
    """An asset or archive that cannot be read; says which, and what is allowed."""


def asset_bytes(asset: Props, root: Path) -> bytes:
    """What an asset holds: its text, its file, or what its address answers."""
    if asset.get("path"):
        return (root / asset["path"]).read_bytes()
    return fetched(asset["uri"]) if asset.get("uri") else asset.get("text", "").encode()


def fetched(uri: str) -> bytes:
    """What an address answers: ``http``, ``https``, or ``file`` of this machine."""
    parts = urlsplit(uri)
    if parts.scheme == "file":
        return Path(unquote(parts.path)).read_bytes()
    if parts.scheme not in SCHEMES:
        raise AssetError(f"an asset's address is http://, https:// or file://, got {uri!r}")
    try:
        with urllib.request.urlopen(uri, timeout=TIMEOUT) as answer:  # noqa: S310 - the scheme is checked
            return answer.read()
    except (urllib.error.URLError, TimeoutError) as error:
        raise AssetError(f"cannot fetch {uri}: {getattr(error, 'reason', None) or error}") from error


def asset_bytes_hash(asset: Props, root: Path) -> str:
    """Hex sha256 of an asset's bytes."""
    return hashlib.sha256(asset_bytes(asset, root)).hexdigest()


def archive_hash(archive: Props, root: Path) -> str:
    """Hex sha256 of an archive: of the raw file, or of a tar stream that knows names, mode 0600 and sizes alone.

    The stream has the files in the order of :func:`members`, which is not that of their whole paths: ``app/a`` comes
    before ``app.py``, and what lies at the top of a map before what other names of the map hold.
    """
    if (raw := archive_bytes(archive, root)) is not None:
        return hashlib.sha256(raw).hexdigest()
    digest = hashlib.sha256()
    for name, content in members(archive, root).items():
        digest.update(tar_header(name, len(content)))
        digest.update(content + b"\0" * (-len(content) % 512))
    digest.update(b"\0" * 1024)
    return digest.hexdigest()


def archive_bytes(archive: Props, root: Path) -> bytes | None:
    """The bytes of an archive that is one file, here or at an address; None for a folder or a map."""
    path = root / archive["path"] if archive.get("path") else None
    if path and not path.is_file():
        return None
    name = str(path) if path else str(archive.get("uri") or "")
    if not name:
        return None
    if not urlsplit(name).path.endswith(ARCHIVE_SUFFIXES) and not name.endswith(ARCHIVE_SUFFIXES):
        raise AssetError(f"{name} is not an archive: allowed are a folder and {', '.join(ARCHIVE_SUFFIXES)}")
    return path.read_bytes() if path else fetched(name)


def members(archive: Props, root: Path) -> dict[str, bytes]:
    """The files of an archive of any kind, by slash path; those of one in a map are below its name there.

    Folder by folder, names in order; of two files of one path the first counts, as in Pulumi.
    """
    if (raw := archive_bytes(archive, root)) is not None:
        return _unpacked(raw, str(archive.get("path") or archive.get("uri")))
    if archive.get("path"):
        return _folder(root / archive["path"])
    contents: dict[str, bytes] = {}
    for name, item in sorted((archive.get("assets") or {}).items()):
        inside = {"": asset_bytes(item, root)} if signature(item) == ASSET else members(item, root)
        for below, content in inside.items():
            contents.setdefault(_joined(name, below), content)
    return contents


def _joined(folder: str, name: str) -> str:
    """A path in an archive: what is in ``.`` is at its top."""
    path = PurePosixPath(folder, name)
    if path.is_absolute() or ".." in path.parts:
        raise AssetError(f"an archive's paths stay inside of it, got {str(path)!r}")
    return str(path)


def _folder(folder: Path) -> dict[str, bytes]:
    """The files below a folder; a link to a folder is left out, a link to nothing is an error, as in Pulumi."""
    if not folder.is_dir():
        raise FileNotFoundError(2, "No such file or directory", str(folder))
    contents: dict[str, bytes] = {}
    for path in sorted(folder.rglob("*")):
        inside = path.relative_to(folder)
        if ".pulumi" in inside.parts or path.is_dir():
            continue
        if not path.exists():
            raise FileNotFoundError(2, "No such file or directory (a link that leads nowhere)", str(path))
        if not path.is_file():
            raise AssetError(f"{path} is no regular file: an archive holds files and folders")
        contents[inside.as_posix()] = path.read_bytes()
    return contents


def _unpacked(content: bytes, name: str) -> dict[str, bytes]:
    """The files in an archive file."""
    stream: IO[bytes] = io.BytesIO(content)
    if name.endswith((".zip", ".jar")):
        with zipfile.ZipFile(stream) as packed:
            return {item.filename: packed.read(item) for item in packed.infolist() if not item.is_dir()}
    with tarfile.open(fileobj=stream) as packed:
        files = ((item.name, packed.extractfile(item)) for item in packed if item.isfile())
        return {name.removeprefix("./"): content.read() for name, content in files if content is not None}


def tar_header(name: str, size: int) -> bytes:
    """The header of one file as Go's archive/tar writes it (Python's differs in the device fields): USTAR, preceded
    by a PAX record of the path where the name is not ASCII or too long for USTAR.
    """
    prefix, short = "", name
    if len(name) > 100 and name.isascii():
        cut = name[:156].rfind("/")
        if 0 < cut <= 155 and 0 < len(name) - cut - 1 <= 100:
            prefix, short = name[:cut], name[cut + 1 :]
    if name.isascii() and len(short) <= 100:
        return _block(short, 0o600, size, "0", prefix)
    record = f" path={name}\n".encode()
    length = len(record)
    while length != len(record) + len(str(length)):
        length = len(record) + len(str(length))
    data = str(length).encode() + record
    folder, _, file = name.rpartition("/")
    extended = _block("/".join(filter(None, (folder, "PaxHeaders.0", file))), 0, len(data), "x", devices=False)
    return extended + data + b"\0" * (-len(data) % 512) + _block(name, 0o600, size, "0")


def _block(name: str, mode: int, size: int, kind: str, prefix: str = "", *, devices: bool = True) -> bytes:
    block = bytearray(512)
    numbers = {100: f"{mode:07o}", 108: f"{0:07o}", 116: f"{0:07o}", 124: f"{size:011o}", 136: f"{0:011o}"}
    if devices:
        numbers |= {329: f"{0:07o}", 337: f"{0:07o}"}
    texts = {0: "".join(filter(str.isascii, name))[:100], 156: kind, 257: "ustar\x0000", 345: prefix}
    for offset, text in (numbers | texts).items():
        block[offset : offset + len(text)] = text.encode()
    block[148:156] = b" " * 8
    block[148:156] = f"{sum(block):06o}\0 ".encode()
    return bytes(block)
