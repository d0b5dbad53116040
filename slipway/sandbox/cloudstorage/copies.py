"""Objects made of other objects: copied, rewritten, composed, moved; copies share the bytes, which never change."""

from collections.abc import Mapping
from typing import Any

from slipway.sandbox.cloudstorage import (
    blobs,
    errors,
    generations,
    notifications,
    object_rules,
    preconditions,
    resources,
)
from slipway.sandbox.cloudstorage.blobs import Running, Sums
from slipway.sandbox.cloudstorage.calls import Call, Reply
from slipway.sandbox.cloudstorage.index import Row
from slipway.sandbox.cloudstorage.objects import shown
from slipway.sandbox.cloudstorage.preconditions import Preconditions
from slipway.sandbox.cloudstorage.state import State

MOST_SOURCES = 32
"""https://cloud.google.com/storage/docs/composite-objects."""


def copy(state: State, call: Call) -> Reply:
    """https://cloud.google.com/storage/docs/json_api/v1/objects/copy."""
    return Reply(document=shown(_copied(state, call), call))


def rewrite(state: State, call: Call) -> Reply:
    """The same, in one step however large it is: the bytes are not copied."""
    row = _copied(state, call)
    head = {
        "kind": "storage#rewriteResponse",
        "totalBytesRewritten": row.body["size"],
        "objectSize": row.body["size"],
        "done": True,
    }
    return Reply(document={**head, "resource": shown(row, call)})


def move(state: State, call: Call) -> Reply:
    """Give an object another name in its bucket: https://cloud.google.com/storage/docs/json_api/v1/objects/move."""
    source = _source(state, call)
    row = _put_copy(state, call, source, call.bucket, {})
    _retire(state, source)
    return Reply(document=shown(row, call))


def compose(state: State, call: Call) -> Reply:
    """Objects of one bucket, one after the other: https://cloud.google.com/storage/docs/json_api/v1/objects/compose."""
    sent = call.document.get("sourceObjects") or []
    if not sent:
        raise errors.required("sourceObjects")
    if len(sent) > MOST_SOURCES:
        raise errors.invalid(f"The number of source components provided ({len(sent)}) exceeds {MOST_SOURCES}.")
    object_rules.valid_name(call.object)
    state.writable(state.bucket(call.bucket))
    sources = [_component(state, call, one) for one in sent]
    running, part = Running(md5=False), state.blobs.part()
    with part.open("wb") as target:
        for source in sources:
            blobs.append(state.blobs.path(source.blob), target, running)
    sums = running.sums()
    settings = object_rules.settings(call.document.get("destination") or {})
    if "contentType" not in settings:
        settings["contentType"] = sources[0].body.get("contentType", object_rules.DEFAULT_TYPE)
    parts = sum(int(source.body.get("componentCount", 1)) for source in sources)
    row = generations.put(
        state,
        call.bucket,
        call.object,
        state.blobs.take(part),
        lambda bucket: object_rules.created(settings, bucket, sums, parts),
        call.preconditions(),
    )
    if call.query.get("deleteSourceObjects") == "true" or call.document.get("deleteSourceObjects") is True:
        for source in sources:
            _retire(state, source)
    return Reply(document=shown(row, call))


def _retire(state: State, source: Row) -> None:
    with state.index.writing() as now:
        still = now.get(source.bucket, source.name)
        same = still is not None and still.generation == source.generation
        unused = generations.retire(now, source, state.bucket(source.bucket).body) if same else []
    state.remove(unused)
    if same:
        notifications.tell(state, notifications.DELETED if unused else notifications.ARCHIVED, source)


def _component(state: State, call: Call, sent: Mapping[str, Any]) -> Row:
    generation = sent.get("generation")
    with state.index.reading() as now:
        row = generations.existing(now, call.bucket, str(sent.get("name", "")), int(generation) if generation else None)
    expected = (sent.get("objectPreconditions") or {}).get("ifGenerationMatch")
    Preconditions(generation=int(expected) if expected is not None else None).check(resources.object_(row))
    return row


def _source(state: State, call: Call) -> Row:
    state.bucket(call.bucket)
    with state.index.reading() as now:
        row = generations.existing(now, call.bucket, call.object, call.number("sourceGeneration"))
    call.preconditions("Source").check(resources.object_(row))
    return row


def _copied(state: State, call: Call) -> Row:
    return _put_copy(state, call, _source(state, call), call.path["to_bucket"], call.document)


def _put_copy(state: State, call: Call, source: Row, bucket: str, document: Mapping[str, Any]) -> Row:
    """A resource that is given takes the place of the source's metadata; none: they are copied as they are."""
    name = call.path["to_object"]
    object_rules.valid_name(name)
    state.writable(state.bucket(bucket))
    own = {key: value for key, value in source.body.items() if key in object_rules.WRITABLE - HOLDS}
    sent = object_rules.settings(document)
    settings = {"contentType": own["contentType"], **sent} if sent.keys() - {"storageClass"} else {**own, **sent}
    if "storageClass" not in sent:
        settings.pop("storageClass", None)  # a copy has the class of its bucket, unless it asks for another
    body = source.body
    sums = Sums(size=int(body["size"]), crc32c=body["crc32c"], md5=body.get("md5Hash", ""))
    parts = int(body.get("componentCount", 0))
    return generations.put(
        state,
        bucket,
        name,
        _linked(state, source),
        lambda there: object_rules.created(settings, there, sums, parts),
        preconditions.of(call.query),
    )


def _linked(state: State, source: Row) -> str:
    try:
        return state.blobs.link(source.blob)
    except FileNotFoundError:
        raise errors.object_missing(source.bucket, source.name) from None


HOLDS = frozenset({"temporaryHold", "eventBasedHold"})
