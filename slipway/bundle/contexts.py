"""A container build context as a folder: what builders take that read no tar."""

import shutil
import tarfile
from contextlib import suppress
from pathlib import Path
from tempfile import mkdtemp

from slipway.bundle.artifact import Artifact

KEPT = 20
"""Folders that stay; the oldest go first. None is read once its image is built."""


def unpacked(artifact: Artifact) -> Path:
    """The folder with what is in the context ``artifact``, beside the cache's artifacts and named by its digest.

    Files are 0644 or 0755 whatever the user's mask is, because builders hash modes. The folder appears in one step: a
    killed run leaves nothing that looks like a context. Raises :class:`OSError`.
    """
    parent = artifact.path.parent.parent / "contexts"
    target = parent / artifact.digest
    if not target.is_dir():
        parent.mkdir(parents=True, exist_ok=True)
        # A draft of one's own: another run may be making the same.
        draft = Path(mkdtemp(dir=parent, prefix=".draft-"))
        with tarfile.open(artifact.path) as tar:
            # Our own tar, of plain files; the filter holds it to that.
            tar.extractall(draft, filter="data")
            for member in tar.getmembers():
                (draft / member.name).chmod(member.mode & 0o777)
        for folder in (draft, *(path for path in draft.rglob("*") if path.is_dir())):
            folder.chmod(0o755)
        with suppress(OSError):  # another run was faster: it made the same
            draft.rename(target)
        shutil.rmtree(draft, ignore_errors=True)
        _bound(parent, target)
    return target


def _bound(parent: Path, spared: Path) -> None:
    folders = sorted((path for path in parent.iterdir() if path != spared), key=lambda path: path.stat().st_mtime)
    for folder in folders[: max(len(folders) - KEPT + 1, 0)]:
        shutil.rmtree(folder, ignore_errors=True)
