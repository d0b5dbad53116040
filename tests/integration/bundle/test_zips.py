"""The zip writer: what it writes, every reader reads; the same members give the same bytes."""

import subprocess
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from slipway.bundle.content import content_of_bytes
from slipway.bundle.deflate_cache import Member, deflate_all
from slipway.bundle.errors import BundleError
from slipway.bundle.sources import Source, opener_of
from slipway.bundle.zips import write_zip

NAME = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Cf", "Zl", "Zp"], exclude_characters="\\:/.")
)
FILES = st.dictionaries(
    st.lists(NAME.filter(bool), min_size=1, max_size=3).map("/".join),
    st.binary(max_size=300) | st.binary(min_size=1, max_size=8).map(lambda some: some * 5000),
    max_size=8,
)


def write(files: dict[str, bytes], folder: Path) -> Path:
    contents = {name: content_of_bytes(data) for name, data in files.items()}
    openers = {
        contents[name].sha256: (contents[name], opener_of(Source(contents[name], data=data)))
        for name, data in files.items()
    }
    folder.mkdir()
    pack = deflate_all(openers, folder / "pack")
    write_zip(folder / "out.zip", [(name, pack.members[contents[name].sha256], pack.path) for name in sorted(files)])
    return folder / "out.zip"


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(files=FILES)
def test_what_is_written_is_read_back(files: dict[str, bytes], tmp_path_factory: pytest.TempPathFactory):
    """The standard library finds every file with its bytes, its checksum and a fixed date, in order of names."""
    folder = tmp_path_factory.mktemp("zip")
    made = write(files, folder / "one")
    with zipfile.ZipFile(made) as read:
        assert {info.filename: read.read(info) for info in read.infolist()} == files
        assert read.namelist() == sorted(files)
        assert {info.date_time for info in read.infolist()} <= {(1980, 1, 1, 0, 0, 0)}
        assert {info.external_attr >> 16 for info in read.infolist()} <= {0o100644, 0o100755}
        assert read.testzip() is None
    assert write(files, folder / "two").read_bytes() == made.read_bytes()


def test_another_reader_agrees(tmp_path: Path):
    """Info-ZIP, which Lambda's own documentation packs with, finds no fault."""
    made = write({"a.py": b"x = 1\n" * 999, "empty": b"", "ünï/code.txt": b"\x00\xff" * 7}, tmp_path / "zip")
    try:
        done = subprocess.run(["unzip", "-t", made], capture_output=True, text=True)
    except FileNotFoundError:
        pytest.skip("unzip is not installed")
    assert done.returncode == 0, done.stdout


def test_modes_follow_content(tmp_path: Path):
    """A script and a program are 0755, all else 0644: the mode on disk is a matter of umask and file system."""
    made = write({"run": b"#!/bin/sh\n", "lib.so": b"\x7fELF" + bytes(60), "a.py": b"pass\n"}, tmp_path / "zip")
    with zipfile.ZipFile(made) as read:
        modes = {info.filename: info.external_attr >> 16 & 0o777 for info in read.infolist()}
    assert modes == {"run": 0o755, "lib.so": 0o755, "a.py": 0o644}


@pytest.mark.parametrize(
    "name",
    [
        "../out",
        "/etc/passwd",
        "C:/windows",
        "a/../../b",
        "a\\b",
        "a\0b",
        "a\nb",
        "evil\u202eyp.exe",
        "a//b",
        "./a",
        "",
        "\udcff",
    ],
)
def test_no_name_leads_out_of_the_zip(name: str, tmp_path: Path):
    """A name that some reader would unpack elsewhere, or show as another, is refused by the writer itself."""
    (tmp_path / "pack").write_bytes(b"x")
    member = Member("0" * 64, 1, 0o644, 0, 1, 0)
    with pytest.raises(BundleError, match="whose name"):
        write_zip(tmp_path / "out.zip", [(name, member, tmp_path / "pack")])
