"""Hashes of assets and archives, so that they are compared by content (ENGINE.md, "Hashes")."""

import hashlib
import tarfile
import zipfile
from pathlib import Path
from typing import Any

from slipway.engine.errors import EngineError
from slipway.wire.signatures import ARCHIVE, ASSET
from slipway.wire.values import Props, rewrite, signature

ARCHIVE_SUFFIXES = (".tar", ".tgz", ".tar.gz", ".zip", ".jar")


def with_hashes(props: Props, root: Path) -> Props:
    """The properties with the hash of each asset and archive filled in. Paths are relative to ``root``.

    Raises :class:`EngineError` where a file that the program names cannot be read.
    """

    def fill(part: Any) -> Any:  # noqa: ANN401 - any JSON
        kind = signature(part)
        if kind not in (ASSET, ARCHIVE) or part.get("hash"):
            return part
        filled = {key: value for key, value in part.items() if value or key == "assets"}
        filled["hash"] = (asset_bytes_hash if kind == ASSET else archive_hash)(filled, root)
        return filled

    try:
        return {key: rewrite(value, fill) for key, value in props.items()}
    except OSError as error:
        raise EngineError(f"cannot read the asset {error.filename}: {error.strerror}") from error


def asset_bytes(asset: Props, root: Path) -> bytes:
    """What an asset holds: its text, its file, or what its address answers."""
    if not asset.get("path") and not asset.get("uri"):
        return asset.get("text", "").encode()
    if asset.get("path"):
        return (root / asset["path"]).read_bytes()
    if asset.get("uri", "").startswith("file://"):
        return Path(asset["uri"][7:]).read_bytes()
    raise EngineError(
        f"the asset {asset.get('uri')} cannot be read here: this engine reads texts and files only; download it first"
    )


def asset_bytes_hash(asset: Props, root: Path) -> str:
    """Hex sha256 of an asset's bytes."""
    return hashlib.sha256(asset_bytes(asset, root)).hexdigest()


def archive_hash(archive: Props, root: Path) -> str:
    """Hex sha256 of an archive: of the raw file, or of a tar stream that knows names, mode 0600 and sizes alone."""
    path = root / archive["path"] if archive.get("path") else None
    if path and path.is_file():
        if not path.name.endswith(ARCHIVE_SUFFIXES):
            raise EngineError(f"{path} is not an archive: allowed are a folder and {', '.join(ARCHIVE_SUFFIXES)}")
        return hashlib.sha256(path.read_bytes()).hexdigest()
    digest = hashlib.sha256()
    for name, content in sorted(_members(archive, root).items()):
        digest.update(tar_header(name, len(content)))
        digest.update(content + b"\0" * (-len(content) % 512))
    digest.update(b"\0" * 1024)
    return digest.hexdigest()


def _members(archive: Props, root: Path) -> dict[str, bytes]:
    """The files of a folder or of a map of assets, by slash path."""
    if archive.get("path"):
        return _folder(root / archive["path"])
    if archive.get("uri"):
        raise EngineError(f"the archive {archive['uri']} cannot be read here: download it first")
    found: dict[str, bytes] = {}
    for name, item in (archive.get("assets") or {}).items():
        if signature(item) == ASSET:
            found[name] = asset_bytes(item, root)
            continue
        inner = root / item["path"] if item.get("path") else None
        nested = _unpacked(inner) if inner and inner.is_file() else _members(item, root)
        found.update({f"{name}/{below}": content for below, content in nested.items()})
    return found


def _folder(folder: Path) -> dict[str, bytes]:
    if not folder.is_dir():
        raise FileNotFoundError(2, "No such file or directory", str(folder))
    files = (path for path in folder.rglob("*") if path.is_file())
    relative = ((path.relative_to(folder), path) for path in files)
    return {inside.as_posix(): path.read_bytes() for inside, path in relative if ".pulumi" not in inside.parts}


def _unpacked(path: Path) -> dict[str, bytes]:
    """The files in an archive file, for an archive that stands inside a map."""
    if path.suffix in (".zip", ".jar"):
        with zipfile.ZipFile(path) as packed:
            return {item.filename: packed.read(item) for item in packed.infolist() if not item.is_dir()}
    with tarfile.open(path) as packed:
        files = ((item.name, packed.extractfile(item)) for item in packed if item.isfile())
        return {name: content.read() for name, content in files if content is not None}


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
