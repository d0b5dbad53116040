"""Looks for secrets: in files and what is packed in them, in the memory of the system's processes, in output.

A canary is a secret that exists for a test. It is looked for as it is, in base64, in hex, and in the escapes that JSON,
addresses and shells have for every character.
"""

import base64
import bz2
import gzip
import io
import lzma
import os
import re
import secrets
import sqlite3
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

TAIL = "/\"'$& é%"
"""What follows a canary's core in the value that is sealed: each of these is escaped somewhere."""
LARGEST = 64 << 20
"""Bytes of a packed file that are unpacked; what the apps bring is far smaller."""
DEEPEST = 4
"""Packed files in packed files."""


def draw() -> str:
    """A canary's core, of characters that no format escapes by itself."""
    return f"ca-{secrets.token_hex(12)}"


def forms(core: str) -> dict[str, bytes]:
    """How a canary can look, by the name of the form."""
    data = core.encode()
    by_form = {
        "clear": data,
        "hex": data.hex().encode(),
        "hex in capitals": data.hex().upper().encode(),
        "UTF-16": core.encode("utf-16-le"),
        "JSON escapes": "".join(f"\\u{ord(letter):04x}" for letter in core).encode(),
        "URL escapes": "".join(f"%{ord(letter):02X}" for letter in core).encode(),
        "shell escapes": "".join(f"\\x{ord(letter):02x}" for letter in core).encode(),
        "backwards": data[::-1],
    }
    for shift in range(3):
        # Only the letters that depend on nothing but the core: what stands before and behind it is not known.
        encoded = base64.b64encode(b"\0" * shift + data)
        begin, end = (shift * 8 + 5) // 6, (shift + len(data)) * 8 // 6
        by_form[f"base64 at {shift}"] = encoded[begin:end]
        by_form[f"base64url at {shift}"] = encoded[begin:end].translate(bytes.maketrans(b"+/", b"-_"))
    return by_form


@dataclass(frozen=True, kw_only=True, order=True)
class Sighting:
    """A canary that was seen: which, where and in what form."""

    canary: str
    place: str
    form: str = "clear"


@dataclass(frozen=True)
class Hunt:
    """The search for some canaries: name -> core."""

    cores: Mapping[str, str]
    _pattern: "re.Pattern[bytes]" = field(init=False)
    _meaning: dict[bytes, tuple[str, str]] = field(init=False)

    def __post_init__(self) -> None:
        meaning = {form: (canary, name) for canary, core in self.cores.items() for name, form in forms(core).items()}
        object.__setattr__(self, "_meaning", meaning)
        object.__setattr__(self, "_pattern", re.compile(b"|".join(re.escape(form) for form in meaning)))

    def in_bytes(self, data: bytes, place: str, depth: int = 0) -> Iterator[Sighting]:
        """In bytes, and in what is packed in them."""
        for match in set(self._pattern.findall(data)):
            canary, form = self._meaning[match]
            yield Sighting(canary=canary, place=place, form=form)
        if depth < DEEPEST:
            for name, member in unpacked(data):
                yield from self.in_bytes(member, f"{place} » {name}", depth + 1)

    def in_files(self, folder: Path, leave: Iterable[Path] = (), since: float = 0.0) -> Iterator[Sighting]:
        """In every file below a folder, in files' names and in what links lead to by name.

        ``since`` (seconds since the epoch) leaves out what has not changed since then.
        """
        closed = tuple(leave)
        for above, folders, files in os.walk(folder):
            folders[:] = [name for name in folders if Path(above, name) not in closed]
            for name in [*files, *folders]:
                path = Path(above, name)
                place = str(path.relative_to(folder))
                yield from self.in_bytes(place.encode(errors="surrogateescape"), f"the name {place}")
                if path.is_symlink():
                    yield from self.in_bytes(os.fsencode(path.readlink()), f"the link {place}")
                    continue
                try:
                    details = path.stat()
                    if stat.S_ISREG(details.st_mode) and max(details.st_mtime, details.st_ctime) >= since:
                        yield from self.in_bytes(path.read_bytes(), place)
                except OSError:
                    continue

    def in_processes(self, known: set[tuple[int, bytes]]) -> Iterator[tuple[int, Sighting]]:
        """In the arguments and in the environment of every process of this machine but this one, by process id.

        ``known`` are the processes, with their arguments, that were looked at before; it grows.
        """
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                arguments = (folder / "cmdline").read_bytes()
                pid = int(folder.name)
                # Without arguments it is a kernel's, or is just becoming another program.
                if not arguments or pid == os.getpid() or (pid, arguments) in known:
                    continue
                environment = (folder / "environ").read_bytes()
            except OSError:
                continue
            known.add((pid, arguments))
            words = arguments.replace(b"\0", b" ").decode(errors="replace")[:3000]
            for part, data in (("cmdline", arguments), ("environ", environment)):
                for sighting in self.in_bytes(data, f"{part} of {words}", DEEPEST):
                    yield pid, sighting


def unpacked(data: bytes) -> Iterator[tuple[str, bytes]]:
    """What is packed in bytes: the members of zips and tars, compressed streams, the cells of databases."""
    if data[:4] == b"PK\x03\x04":
        try:
            with zipfile.ZipFile(io.BytesIO(data)) as packed:
                for item in packed.infolist():
                    if not item.is_dir() and item.file_size < LARGEST:
                        yield item.filename, packed.read(item)
        except (zipfile.BadZipFile, NotImplementedError, RuntimeError, zlib.error, EOFError):
            return
    elif data[:2] == b"\x1f\x8b":
        yield from _stream("gzip", gzip.decompress, data)
    elif data[:3] == b"BZh":
        yield from _stream("bzip2", bz2.decompress, data)
    elif data[:6] == b"\xfd7zXZ\0":
        yield from _stream("xz", lzma.decompress, data)
    elif data[257:262] == b"ustar":
        try:
            with tarfile.open(fileobj=io.BytesIO(data)) as packed:
                for item in packed:
                    file = packed.extractfile(item) if item.isfile() and item.size < LARGEST else None
                    if file is not None:
                        yield item.name, file.read()
        except tarfile.TarError:
            return
    elif data[:16] == b"SQLite format 3\0":
        yield from _cells(data)


def _stream(name: str, decompress, data: bytes) -> Iterator[tuple[str, bytes]]:
    try:
        plain = decompress(data)
    except (OSError, EOFError, zlib.error, lzma.LZMAError, ValueError):
        return
    if len(plain) < 4 * LARGEST:
        yield name, plain


def _cells(data: bytes) -> Iterator[tuple[str, bytes]]:
    """Blobs of a database that are packed themselves."""
    connection = sqlite3.connect(":memory:")
    try:
        connection.deserialize(data)
        for (table,) in connection.execute("select name from sqlite_master where type='table'").fetchall():
            for row in connection.execute(f'select * from "{table}"'):
                yield from ((table, cell) for cell in row if isinstance(cell, bytes))
    except sqlite3.Error:
        return
    finally:
        connection.close()
