"""A container build context as a folder: what builders take that read no tar."""

import hashlib
import os
import shutil
import tarfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from tempfile import mkdtemp

from slipway.bundle.artifact import Artifact
from slipway.bundle.dockerfiles import with_labels
from slipway.bundle.names import check_name

KEPT = 40
"""Folders that stay; the oldest go first. None is read once its image is built."""


def unpacked(artifact: Artifact) -> Path:
    """The folder with what is in the context ``artifact``, beside the cache's artifacts and named by its digest.

    Files are 0644 or 0755 whatever the user's mask is, because builders hash modes, and as old as :func:`time_of` says.
    The folder appears in one step: a killed run leaves nothing that looks like a context. Raises :class:`OSError`.
    """
    parent = artifact.path.parent.parent / "contexts"
    target = parent / artifact.digest
    if not target.is_dir():
        parent.mkdir(parents=True, exist_ok=True)
        # A draft of one's own: another run may be making the same.
        draft = Path(mkdtemp(dir=parent, prefix=".draft-"))
        with tarfile.open(artifact.path) as tar:
            folders = _unpack(tar, draft, artifact.manifest)
        for folder in sorted(folders, reverse=True):
            folder.chmod(0o755)
            os.utime(folder, (0, 0))  # a folder that is copied whole brings its time into the image
        with suppress(OSError):  # another run was faster: it made the same
            draft.rename(target)
        shutil.rmtree(draft, ignore_errors=True)
        _bound(parent, target)
    return target


def labelled(context: Path, labels: Mapping[str, str], target: str | None) -> Path:
    """The Dockerfile of an unpacked context with labels at the end of the stage that is built, in a folder beside it.

    Not in the context, where ``COPY . .`` would take it: a label would change a layer. Raises :class:`OSError`.
    """
    text = with_labels((context / "Dockerfile").read_text(encoding="utf-8", errors="replace"), labels, target)
    digest = hashlib.sha256(text.encode()).hexdigest()
    folder = context.with_name(f"{context.name}.{digest[:12]}")
    if not (folder / "Dockerfile").is_file():
        draft = Path(mkdtemp(dir=context.parent, prefix=".draft-"))
        (draft / "Dockerfile").write_text(text, encoding="utf-8")
        draft.chmod(0o755)
        with suppress(OSError):  # another run was faster: it made the same
            draft.rename(folder)
        shutil.rmtree(draft, ignore_errors=True)
    return folder / "Dockerfile"


def time_of(sha256: str) -> int:
    """The modification time of a file in an unpacked context, in nanoseconds since 1970: by its content's hex digest.

    Within the first second, so that it is the same in an image, whose layers know seconds: a builder that goes by size
    and time to tell what it has already (BuildKit does) sees every edit, and no clock has a part in it.
    """
    return int(sha256[:16], 16) % 1_000_000_000


def is_unpacked(folder: Path) -> bool:
    """Whether a folder is one that :func:`unpacked` made, by the time of its Dockerfile. Raises :class:`OSError`."""
    file = folder / "Dockerfile"
    return file.is_file() and file.stat().st_mtime_ns == time_of(hashlib.sha256(file.read_bytes()).hexdigest())


def _unpack(tar: tarfile.TarFile, target: Path, manifest: Mapping[str, str]) -> set[Path]:
    """Write the files of one of our own tars, which has nothing but files; the folders they are in.

    Half as long as :meth:`tarfile.TarFile.extractall` takes, which looks for links and devices at every step.
    """
    folders = {target}
    for member in tar:
        name = check_name(member.name)
        path = target / name
        content = tar.extractfile(member)
        if content is None:
            raise OSError(f"{name} is no file")
        if path.parent not in folders:
            path.parent.mkdir(parents=True, exist_ok=True)
            folders.update(folder for folder in path.parents if folder.is_relative_to(target))
        with path.open("xb") as file:
            file.write(content.read())
            os.fchmod(file.fileno(), member.mode & 0o777)
        moment = time_of(manifest[name])
        os.utime(path, ns=(moment, moment))
    return folders


def _bound(parent: Path, spared: Path) -> None:
    folders = sorted((path for path in parent.iterdir() if path != spared), key=lambda path: path.stat().st_ctime)
    for folder in folders[: max(len(folders) - KEPT + 1, 0)]:
        shutil.rmtree(folder, ignore_errors=True)
