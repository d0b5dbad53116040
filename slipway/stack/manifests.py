"""The manifest of an uploaded artifact, for a machine whose store has never had it: made of the artifact itself."""

import hashlib
import io
import subprocess
import tarfile
import zipfile
from collections.abc import Iterator, Mapping

from slipway.bundle.artifact import digest_of

READERS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "gs": (("gcloud", "storage", "cat"), ()),
    "s3": (("aws", "s3", "cp"), ("-",)),
}
"""By scheme, the command that prints an object, before and after its address; it uses the user's own credentials."""
SECONDS = 120


def fetch_manifest(url: str, digest: str) -> dict[str, str] | None:
    """The manifest (path -> sha256) of the artifact at ``url``; None if it cannot be read or is not of this digest."""
    scheme, _, _ = url.partition("://")
    if scheme not in READERS:
        return None
    before, after = READERS[scheme]
    try:
        answer = subprocess.run([*before, url, *after], capture_output=True, timeout=SECONDS)
    except (OSError, subprocess.TimeoutExpired):
        return None
    if answer.returncode:
        return None
    manifest = manifest_of(answer.stdout)
    return manifest if digest_of(manifest) == digest else None


def manifest_of(artifact: bytes) -> dict[str, str]:
    """Path -> sha256 of each file in a zip or tar; empty for anything else."""
    return {path: hashlib.sha256(content).hexdigest() for path, content in _files(artifact)}


def _files(artifact: bytes) -> Iterator[tuple[str, bytes]]:
    file = io.BytesIO(artifact)
    if zipfile.is_zipfile(file):
        with zipfile.ZipFile(file) as archive:
            yield from ((one.filename, archive.read(one)) for one in archive.infolist() if not one.is_dir())
        return
    file.seek(0)
    try:
        with tarfile.open(fileobj=file) as archive:
            for one in archive:
                if one.isfile() and (content := archive.extractfile(one)):
                    yield one.name, content.read()
    except tarfile.TarError:
        return
