"""What a killed process or a full disk has left half written of a stack: put right before the next command.

    no living process holds the stack -> attributes that are not whole are removed
                                      -> a checkpoint that is not JSON is put aside, and the one before it in its place

``pulumi`` keeps a file with the ending ``.attrs`` beside each of its files: first it empties it, then it writes it.
While it is empty every command fails with "failed to load checkpoint: EOF"; without it the checkpoint is read as well
(https://pkg.go.dev/gocloud.dev/blob/fileblob, "Metadata"). ``<stack>.json.bak`` is the checkpoint before the last one,
which has what was being done as a pending operation.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from slipway.engine.checkpoint.backend import Backend, is_dead
from slipway.engine.checkpoint.files import replace_file, sync_folder

ATTRIBUTES = ".attrs"
DAMAGED = ".damaged"
"""The ending of the name under which a checkpoint that was cut off is kept."""


@dataclass(frozen=True, kw_only=True)
class Repair:
    """What was put right of a stack; falsy where nothing was."""

    attributes: tuple[Path, ...] = ()
    """Files that are removed."""
    restored: Path | None = None
    """The checkpoint that has the one before it in its place."""
    written: datetime | None = None
    """When that one was written."""

    def __bool__(self) -> bool:
        return bool(self.attributes or self.restored)


def repair(backend: Backend, stack: str) -> Repair:
    """Put right what was left half written of a stack; a stack that a living process holds is left alone.

    Raises OSError where a file cannot be changed.
    """
    if not all(is_dead(owner) for owner in backend.locks(stack).values()):
        return Repair()
    attributes = tuple(path for path in _attributes(backend, stack) if not _is_json(path))
    for path in attributes:
        path.unlink(missing_ok=True)
    path, before = backend.file(stack), _before(backend.file(stack))
    if not path.exists() or _is_json(path) or not before.exists() or not _is_json(before):
        return Repair(attributes=attributes)
    # A copy: at no moment is there no checkpoint, which would count as a stack without resources.
    replace_file(path.with_name(f"{path.name}{DAMAGED}"), path.read_bytes())
    _attributes_of(path).unlink(missing_ok=True)
    written = datetime.fromtimestamp(before.stat().st_mtime, UTC)
    replace_file(path, before.read_bytes())
    sync_folder(path.parent)
    return Repair(attributes=attributes, restored=path, written=written)


def _attributes(backend: Backend, stack: str) -> Iterator[Path]:
    """Every file of attributes that a command on the stack reads."""
    checkpoint = backend.file(stack)
    files = (checkpoint, _before(checkpoint), backend.store / "meta.yaml")
    yield from (path for path in map(_attributes_of, files) if path.exists())
    folders = (backend.store / kind / backend.project / stack for kind in ("history", "backups"))
    for folder in (*folders, backend.lock_folder(stack)):
        yield from sorted(folder.glob(f"*{ATTRIBUTES}"))


def _attributes_of(path: Path) -> Path:
    return path.with_name(f"{path.name}{ATTRIBUTES}")


def _before(path: Path) -> Path:
    return path.with_name(f"{path.name}.bak")


def _is_json(path: Path) -> bool:
    """Whether a file is a whole JSON object; one that is gone meanwhile is no half of one."""
    try:
        return isinstance(json.loads(path.read_bytes()), dict)
    except FileNotFoundError:
        return True
    except ValueError:
        return False
