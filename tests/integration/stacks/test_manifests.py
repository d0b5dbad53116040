"""The manifest of an artifact that another machine uploaded."""

import hashlib
import io
import os
import stat
import tarfile
import zipfile
from pathlib import Path

import pytest

from slipway.bundle.artifact import digest_of
from slipway.stack.manifests import fetch_manifest, manifest_of

FILES = {"main.py": b"a = 1\n", "static/style.css": b""}
MANIFEST = {path: hashlib.sha256(content).hexdigest() for path, content in FILES.items()}


def zipped() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for path, content in FILES.items():
            archive.writestr(path, content)
    return file.getvalue()


def tarred() -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz") as archive:
        for path, content in FILES.items():
            member = tarfile.TarInfo(path)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return file.getvalue()


@pytest.fixture
def gcloud(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A `gcloud` on the PATH that prints the file ``object`` beside it, and fails without one."""
    script = tmp_path / "gcloud"
    script.write_text(f'#!/bin/sh\ntest "$1 $2 $3" = "storage cat gs://b/a.zip" && cat {tmp_path}/object\n')
    script.chmod(script.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    return tmp_path / "object"


@pytest.mark.parametrize("artifact", [zipped(), tarred()], ids=["zip", "tar"])
def test_the_manifest_is_made_of_the_artifact_itself(artifact: bytes):
    """Nothing has to be uploaded beside it: what is in it is what its digest is of."""
    assert manifest_of(artifact) == MANIFEST


def test_an_object_in_a_bucket_is_read_with_the_clouds_own_command(gcloud: Path):
    """The command has the user's credentials."""
    gcloud.write_bytes(zipped())
    assert fetch_manifest("gs://b/a.zip", digest_of(MANIFEST)) == MANIFEST


def test_an_artifact_of_another_digest_explains_nothing(gcloud: Path):
    """An object that somebody replaced is not what is deployed."""
    gcloud.write_bytes(zipped())
    assert fetch_manifest("gs://b/a.zip", "0" * 64) is None


@pytest.mark.parametrize("url", ["", "https://example.com/a.zip", "gs://b/a.zip", "s3://b/a.zip"])
def test_what_cannot_be_read_is_no_manifest(gcloud: Path, url: str):
    """No address, another scheme, a command that fails or is not there: the caller says what else to do."""
    assert fetch_manifest(url, "0" * 64) is None
