"""What the methods work on: the sandbox's Google store, the index of objects, and their bytes."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from slipway.sandbox.cloudstorage import errors
from slipway.sandbox.cloudstorage.blobs import Blobs
from slipway.sandbox.cloudstorage.index import Index
from slipway.sandbox.stores.google import Project, Record, Store, Transaction, store_path

KIND = "bucket"
"""What the store calls a bucket."""


@dataclass(frozen=True)
class State:
    """Cloud Storage of one sandbox; ``home`` is its state folder."""

    home: Path
    folder: Path
    """Where index and bytes lie."""
    delay: float = 0.0
    """Seconds that a newly enabled API still refuses."""
    now: Callable[[], float] = field(default=time.time, compare=False)

    @cached_property
    def store(self) -> Store:
        """The control plane."""
        return Store(store_path(self.home))

    @cached_property
    def index(self) -> Index:
        """Which objects there are."""
        return Index(self.folder)

    @cached_property
    def blobs(self) -> Blobs:
        """Their bytes."""
        return Blobs(self.folder)

    def bucket(self, name: str) -> Record:
        """A bucket. Raises :class:`StorageError` where it is not there."""
        record = self.store.get(KIND, name)
        if record is None:
            raise errors.bucket_missing()
        return record

    def usable(self, now: Transaction, project: str) -> Project:
        """A project, by id or number, whose Cloud Storage is switched on. Raises :class:`StorageError`."""
        there = now.project(project) or now.project_by_number(project)
        if there is None or not there.active:
            # Google does not tell a project that is gone from one that is not yours.
            raise errors.StorageError(403, "forbidden", f"Permission denied on resource project {project}.")
        enabled = now.enabled(there.id, errors.API)
        if enabled is None or self.now() - enabled < self.delay:
            raise errors.api_off(there.number)
        return there

    def writable(self, record: Record) -> None:
        """Raises :class:`StorageError` where a bucket's project has no billing account."""
        owner = self.store.project(record.project)
        if owner is None or not owner.billing:
            raise errors.unpaid()

    def remove(self, blobs: Iterable[str]) -> None:
        """Remove bytes that no row names any more."""
        for blob in blobs:
            self.blobs.remove(blob)

    def sweep(self) -> None:
        """Remove what a killed process has left."""
        with self.index.reading() as now:
            blobs, sessions = now.blobs(), {id for id, body in now.sessions().items() if "done" not in body}
        self.blobs.sweep(blobs, sessions)
