"""Tars: byte for byte what the standard library writes, put together by copying from the one before."""

import hashlib
import io
import tarfile
from dataclasses import replace
from pathlib import Path

import pytest

from slipway.bundle.content import Content
from slipway.bundle.deflate_cache import Member, Pack, deflate_all
from slipway.bundle.errors import BundleError
from slipway.bundle.sources import Source
from slipway.bundle.tars import write_tar

FILES = {
    "Dockerfile": (b"FROM base\n", 0o644),
    "empty": (b"", 0o644),
    "folder/run.sh": (b"#!/bin/sh\n" * 60, 0o755),
    "full-block": (b"x" * 512, 0o644),
    "large": (bytes(range(256)) * 12_000, 0o644),
    "packages/" + "deep/" * 25 + "long.py": (b"import this\n", 0o644),
    "tänze.txt": (b"\xff\x00", 0o644),
}


def content(data: bytes, mode: int = 0o644) -> Content:
    return Content(hashlib.sha256(data).hexdigest(), len(data), executable=mode == 0o755)


def at_hand() -> dict[str, Source]:
    return {name: Source(content(data, mode), data=data) for name, (data, mode) in FILES.items()}


def elsewhere() -> dict[str, Source]:
    """The same sources, whose bytes only a pack has."""
    return {name: replace(source, data=None) for name, source in at_hand().items()}


def pack_of(path: Path, members: dict[str, Member]) -> Pack:
    return Pack(path, {member.sha256: member for member in members.values()})


def by_the_library() -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for name, (data, mode) in FILES.items():
            header = tarfile.TarInfo(name)
            header.size, header.mode = len(data), mode
            tar.addfile(header, io.BytesIO(data))
    return out.getvalue()


def test_it_is_what_the_standard_library_writes(tmp_path: Path):
    """From bytes at hand, and again from the tar itself as a pack."""
    first, second = tmp_path / "first.tar", tmp_path / "second.tar"
    members = write_tar(first, at_hand(), [], tmp_path)
    assert first.read_bytes() == by_the_library()
    assert write_tar(second, elsewhere(), [pack_of(first, members)], tmp_path) == members
    assert second.read_bytes() == first.read_bytes()


def test_what_is_deflated_is_inflated(tmp_path: Path):
    """A pack of dependencies holds them deflated; a tar, which does not, is preferred where both have a file."""
    items = {source.content.sha256: (source.content, source.data) for source in at_hand().values()}
    deflated = deflate_all({key: (one, data or b"") for key, (one, data) in items.items()}, tmp_path / "pack")
    members = write_tar(tmp_path / "one.tar", elsewhere(), [deflated], tmp_path)
    assert (tmp_path / "one.tar").read_bytes() == by_the_library()
    gone = Pack(tmp_path / "no-such-pack", {key: one for key, one in deflated.members.items() if one.deflated})
    assert gone.members
    write_tar(tmp_path / "two.tar", elsewhere(), [gone, pack_of(tmp_path / "one.tar", members)], tmp_path)
    assert (tmp_path / "two.tar").read_bytes() == by_the_library()


@pytest.mark.parametrize("damage", ["shorter", "no offsets", "nothing"])
def test_a_pack_that_does_not_hold_it_is_damaged(tmp_path: Path, damage: str):
    """Nothing is made up: a cut pack, a note from before offsets were noted, and no pack at all are refused."""
    first = tmp_path / "first.tar"
    members = write_tar(first, at_hand(), [], tmp_path)
    if damage == "shorter":
        first.write_bytes(first.read_bytes()[:2000])
    if damage == "no offsets":
        members = {name: replace(member, offset=0) for name, member in members.items()}
    packs = [] if damage == "nothing" else [pack_of(first, members)]
    with pytest.raises(BundleError, match="the bundle cache is damaged"):
        write_tar(tmp_path / "second.tar", elsewhere(), packs, tmp_path)
