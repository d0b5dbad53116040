"""Hostile zips are refused before anything of them is written."""

import io
import stat
import zipfile
from pathlib import Path

import pytest

from slipway.sandbox.running import unpack as unpacking
from slipway.sandbox.running.unpack import HostileZipError, unpack


def zipped(*entries: tuple[str, bytes], mode: int = stat.S_IFREG | 0o644) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as packed:
        for name, content in entries:
            item = zipfile.ZipInfo(name)
            item.external_attr = mode << 16
            packed.writestr(item, content)
    return buffer.getvalue()


def test_files_are_written_with_their_folders(tmp_path: Path) -> None:
    """What is in the zip is in the folder."""
    unpack(zipped(("main.py", b"1"), ("a/b.txt", b"2")), tmp_path / "t")
    assert (tmp_path / "t/a/b.txt").read_bytes() == b"2"


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (zipped(("ok.py", b""), ("../out.py", b"")), "'../out.py', which leads out of its folder"),
        (zipped(("/etc/x", b"")), "'/etc/x', which leads out of its folder"),
        (zipped(("C:/x", b"")), "'C:/x', which leads out of its folder"),
        (zipped(("a\\..\\x", b"")), "which leads out of its folder"),
        (zipped(("link", b"/etc/passwd"), mode=stat.S_IFLNK | 0o777), "'link', which is a link or a device"),
        (zipped(("A.py", b""), ("a.py", b"")), "'a.py' twice, but for case"),
        (zipped(("a", b""), ("a/b", b"")), "'a' as a file and as a folder"),
        (b"no zip", "not a zip that can be read"),
    ],
)
def test_harm_is_refused_by_name(tmp_path: Path, data: bytes, says: str) -> None:
    """The error names the entry; nothing was written, inside or outside."""
    with pytest.raises(HostileZipError) as refusal:
        unpack(data, tmp_path / "t")
    assert says in str(refusal.value)
    assert list(tmp_path.iterdir()) == []


def test_a_bomb_is_not_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Size and number are judged by the directory of the zip, before the first file."""
    monkeypatch.setattr(unpacking, "MAX_BYTES", 1000)
    with pytest.raises(HostileZipError, match="unpacks to 2000 bytes"):
        unpack(zipped(("a", b"0" * 2000)), tmp_path / "t")
    monkeypatch.setattr(unpacking, "MAX_FILES", 1)
    with pytest.raises(HostileZipError, match="holds 2 files, the sandbox takes 1"):
        unpack(zipped(("a", b""), ("b", b"")), tmp_path / "t")
    assert list(tmp_path.iterdir()) == []


def test_a_directory_that_understates_a_file_is_no_way_around(tmp_path: Path) -> None:
    """A zip whose entry is longer than its directory says does not unpack to more."""
    data = bytearray(zipped(("a", b"0" * 2000)))
    at = data.index(b"PK\x01\x02")
    data[at + 24 : at + 28] = (10).to_bytes(4, "little")
    try:
        unpack(bytes(data), tmp_path / "t")
    except HostileZipError:
        return
    assert (tmp_path / "t/a").stat().st_size <= 10
