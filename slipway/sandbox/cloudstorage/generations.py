"""Generations of objects: a new one takes the place of the live one, which goes or stays as a noncurrent version."""

from collections.abc import Callable, Mapping
from typing import Any

from slipway.sandbox.cloudstorage import errors, notifications, object_rules, resources
from slipway.sandbox.cloudstorage.index import Row, Transaction
from slipway.sandbox.cloudstorage.preconditions import Preconditions
from slipway.sandbox.cloudstorage.state import State

Resource = Callable[[Mapping[str, Any]], dict[str, Any]]
"""Given the bucket, the resource of a new generation."""


def put(state: State, bucket: str, name: str, blob: str, resource: Resource, conditions: Preconditions) -> Row:
    """Make ``blob`` the live generation of an object. Raises :class:`StorageError`, and the blob is removed then."""
    try:
        with state.index.writing() as now:
            record = state.bucket(bucket)
            state.writable(record)
            before = now.get(bucket, name)
            conditions.check(_resource(before))
            row = Row(
                bucket=bucket,
                name=name,
                generation=now.next_generation(),
                live=True,
                blob=blob,
                body=resource(record.body),
            )
            unused = retire(now, before, record.body) if before else []
            now.put(row)
    except BaseException:
        state.blobs.remove(blob)
        raise
    state.remove(unused)
    if before:
        notifications.tell(state, notifications.DELETED if unused else notifications.ARCHIVED, before, row.generation)
    notifications.tell(state, notifications.FINALIZED, row)
    return row


def retire(now: Transaction, row: Row, bucket: Mapping[str, Any]) -> list[str]:
    """End the life of a live generation; the blobs that no row names any more.

    With versioning it stays: https://cloud.google.com/storage/docs/object-versioning.
    """
    if not (bucket.get("versioning") or {}).get("enabled"):
        return drop(now, row, bucket)
    object_rules.refuse_held(row)
    body = {**row.body, "timeDeleted": resources.now()}
    now.put(Row(bucket=row.bucket, name=row.name, generation=row.generation, live=False, blob=row.blob, body=body))
    return []


def drop(now: Transaction, row: Row, bucket: Mapping[str, Any]) -> list[str]:
    """Remove a generation for good; the blobs that no row names any more."""
    object_rules.refuse_held(row)
    object_rules.refuse_retained(row, bucket)
    now.drop(row)
    return [row.blob]


def existing(now: Transaction, bucket: str, name: str, generation: int | None) -> Row:
    """The live generation, or this one. Raises :class:`StorageError`."""
    row = now.get(bucket, name, generation)
    if row is None:
        raise errors.object_missing(bucket, name)
    return row


def _resource(row: Row | None) -> dict[str, Any] | None:
    return resources.object_(row) if row else None
