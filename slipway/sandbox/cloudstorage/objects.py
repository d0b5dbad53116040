"""The methods on objects but those that move bytes: https://cloud.google.com/storage/docs/json_api/v1/objects."""

from typing import Any

from slipway.sandbox.cloudstorage import errors, generations, notifications, object_rules, resources
from slipway.sandbox.cloudstorage.calls import Call, Reply
from slipway.sandbox.cloudstorage.index import Row
from slipway.sandbox.cloudstorage.state import State


def get(state: State, call: Call) -> Reply:
    """An object's resource."""
    return Reply(document=shown(located(state, call), call))


def located(state: State, call: Call) -> Row:
    """The object that a read names, if its conditions hold. Raises :class:`StorageError` or NotModified."""
    with state.index.reading() as now:
        row = now.get(call.bucket, call.object, call.number("generation"))
    if row is None:
        state.bucket(call.bucket)
        raise errors.object_missing(call.bucket, call.object)
    call.preconditions().check(resources.object_(row), reading=True)
    return row


def patch(state: State, call: Call) -> Reply:
    """Change what is named; null takes a value away."""
    return _changed(state, call, replace=False)


def update(state: State, call: Call) -> Reply:
    """Replace everything that may be set."""
    return _changed(state, call, replace=True)


def delete(state: State, call: Call) -> Reply:
    """The live generation goes, or stays as a noncurrent version; one that is named goes for good."""
    record, generation = state.bucket(call.bucket), call.number("generation")
    with state.index.writing() as now:
        row = generations.existing(now, call.bucket, call.object, generation)
        call.preconditions().check(resources.object_(row))
        ends = generations.retire if generation is None else generations.drop
        unused = ends(now, row, record.body)
    state.remove(unused)
    notifications.tell(state, notifications.DELETED if unused else notifications.ARCHIVED, row)
    return Reply(status=204)


def shown(row: Row, call: Call) -> dict[str, Any]:
    """Its resource, as a call asks for it."""
    resource = resources.object_(row, call.base or resources.LINKS)
    return resources.shown(resource, call.query.get("projection"))


def _changed(state: State, call: Call, *, replace: bool) -> Reply:
    state.bucket(call.bucket)
    with state.index.writing() as now:
        row = generations.existing(now, call.bucket, call.object, call.number("generation"))
        call.preconditions().check(resources.object_(row))
        own = {key: value for key, value in row.body.items() if key in object_rules.WRITABLE}
        sent = {key: value for key, value in call.document.items() if key in object_rules.WRITABLE}
        settings = object_rules.settings(sent if replace else resources.merged(own, sent))
        stays = {key: value for key, value in row.body.items() if key not in object_rules.WRITABLE}
        body = {
            **stays,
            "storageClass": row.body["storageClass"],
            **settings,
            "metageneration": row.body["metageneration"] + 1,
            "updated": resources.now(),
        }
        _time_moves_on(own, settings)
        row = Row(bucket=row.bucket, name=row.name, generation=row.generation, live=row.live, blob=row.blob, body=body)
        now.put(row)
    return Reply(document=shown(row, call))


def _time_moves_on(before: dict[str, Any], after: dict[str, Any]) -> None:
    """https://cloud.google.com/storage/docs/metadata#custom-time: it is never taken away nor set back."""
    if (earlier := before.get("customTime")) and (after.get("customTime") or "") < earlier:
        raise errors.invalid("Custom time cannot be removed or set to an earlier date time.")
