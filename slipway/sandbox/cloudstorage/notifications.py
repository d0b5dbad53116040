"""Notifications: a bucket's changes, published to topics of Pub/Sub as Cloud Storage's own account of the project.

https://cloud.google.com/storage/docs/pubsub-notifications
"""

import base64
import json
from typing import Any

from slipway.sandbox.cloudstorage import errors, resources
from slipway.sandbox.cloudstorage.calls import Call, Reply
from slipway.sandbox.cloudstorage.index import Row
from slipway.sandbox.cloudstorage.state import State
from slipway.sandbox.google import pubsub
from slipway.sandbox.stores.google import Project, Record, Transaction

KIND = "bucket_notification"
FINALIZED, DELETED, ARCHIVED, CHANGED = "OBJECT_FINALIZE", "OBJECT_DELETE", "OBJECT_ARCHIVE", "OBJECT_METADATA_UPDATE"
EVENTS = (FINALIZED, DELETED, ARCHIVED, CHANGED)
FORMATS = ("JSON_API_V1", "NONE")
FIELDS = ("topic", "payload_format", "event_types", "object_name_prefix", "custom_attributes")
PREFIX = "//pubsub.googleapis.com/"
PUBLISHERS = frozenset({"roles/pubsub.publisher", "roles/pubsub.editor", "roles/pubsub.admin"})


def agent(number: str) -> str:
    """The account that Cloud Storage itself acts as in a project."""
    return f"serviceAccount:service-{number}@gs-project-accounts.iam.gserviceaccount.com"


def insert(state: State, call: Call) -> Reply:
    """Have a bucket's changes published to a topic that its project's agent may publish to."""
    body = {key: call.document[key] for key in FIELDS if call.document.get(key) not in (None, "", [], {})}
    if body.get("payload_format") not in FORMATS:
        raise errors.invalid(f"Invalid argument: payload_format must be one of {', '.join(FORMATS)}")
    if unknown := [one for one in body.get("event_types", ()) if one not in EVENTS]:
        raise errors.invalid(f"Invalid argument: unknown event type {unknown[0]}")
    topic = str(body.get("topic", "")).removeprefix(PREFIX)
    bucket = state.bucket(call.bucket)
    with state.store.transaction() as now:
        owner = now.project(bucket.project)
        if now.get(pubsub.TOPIC, topic) is None or owner is None or not _may_publish(now, owner, topic):
            email = agent(owner.number if owner else "").partition(":")[2]
            raise errors.StorageError(
                403,
                "forbidden",
                f"The service account '{email}' does not have permission to publish messages to to the Cloud Pub/Sub "
                f"topic '{PREFIX}{topic}', or that topic does not exist.",
            )
        number = max((int(one.name.rsplit("/", 1)[-1]) for one in _of(now, bucket)), default=0) + 1
        record = Record(f"{bucket.name}/{number}", bucket.project, {**body, "topic": f"{PREFIX}{topic}"})
        now.put(KIND, record)
    return Reply(document=_shown(record))


def get(state: State, call: Call) -> Reply:
    """By its number."""
    return Reply(document=_shown(_there(state, call)))


def list_(state: State, call: Call) -> Reply:
    """Those of a bucket."""
    bucket = state.bucket(call.bucket)
    with state.store.transaction() as now:
        items = [_shown(record) for record in _of(now, bucket)]
    return Reply(document={"kind": "storage#notifications", **({"items": items} if items else {})})


def delete(state: State, call: Call) -> Reply:
    """Publish nothing more."""
    record = _there(state, call)
    with state.store.transaction() as now:
        now.drop(KIND, record.name)
    return Reply(status=204)


def tell(state: State, event: str, row: Row, overwritten_by: int = 0) -> None:
    """Publish a change of an object; a topic that is gone, or that the agent may not publish to, hears nothing.

    ``overwritten_by`` is the generation that took its place, 0 where none did.
    """
    bucket = state.bucket(row.bucket)
    with state.store.transaction() as now:
        owner = now.project(bucket.project)
        for record in _of(now, bucket):
            body = record.body
            topic = now.get(pubsub.TOPIC, body["topic"].removeprefix(PREFIX))
            chosen = event in (body.get("event_types") or EVENTS)
            if not chosen or not row.name.startswith(body.get("object_name_prefix", "")):
                continue
            if topic is not None and owner is not None and _may_publish(now, owner, topic.name):
                more = {"overwrittenByGeneration": str(overwritten_by)} if overwritten_by else {}
                message = _message(record, event, row)
                pubsub.put_messages(now, topic, [{**message, "attributes": {**message["attributes"], **more}}])


def drop_all(now: Transaction, bucket: Record) -> None:
    """Forget those of a bucket that goes."""
    for record in _of(now, bucket):
        now.drop(KIND, record.name)


def _message(record: Record, event: str, row: Row) -> dict[str, Any]:
    """https://cloud.google.com/storage/docs/pubsub-notifications#format."""
    resource = resources.object_(row)
    bucket, number = record.name.rsplit("/", 1)
    attributes = {
        **(record.body.get("custom_attributes") or {}),
        "notificationConfig": f"projects/_/buckets/{bucket}/notificationConfigs/{number}",
        "eventType": event,
        "payloadFormat": record.body["payload_format"],
        "bucketId": row.bucket,
        "objectId": row.name,
        "objectGeneration": str(row.generation),
        "eventTime": str(resource.get("updated", "")),
    }
    if record.body["payload_format"] == "NONE":
        return {"attributes": attributes}
    return {"data": base64.b64encode(json.dumps(resource).encode()).decode(), "attributes": attributes}


def _may_publish(now: Transaction, owner: Project, topic: str) -> bool:
    scopes = (topic, f"projects/{owner.id}")
    return any(role in PUBLISHERS for scope in scopes for role, _ in now.granted(scope, agent(owner.number)))


def _of(now: Transaction, bucket: Record) -> list[Record]:
    return [one for one in now.all(KIND, bucket.project) if one.name.startswith(f"{bucket.name}/")]


def _there(state: State, call: Call) -> Record:
    state.bucket(call.bucket)
    record = state.store.get(KIND, f"{call.bucket}/{call.path['notification']}")
    if record is None:
        raise errors.not_found()
    return record


def _shown(record: Record) -> dict[str, Any]:
    bucket, number = record.name.rsplit("/", 1)
    link = f"{resources.LINKS}/storage/v1/b/{bucket}/notificationConfigs/{number}"
    return {"kind": "storage#notification", "id": number, "etag": number, "selfLink": link, **record.body}
