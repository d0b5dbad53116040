"""A bucket's changes: published by Cloud Storage's own account, to topics that it may publish to."""

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from google.api_core.client_options import ClientOptions
from google.api_core.exceptions import Forbidden
from google.auth.credentials import AnonymousCredentials
from google.cloud.storage import Bucket, Client

from slipway.sandbox.cloudstorage.notifications import agent
from slipway.sandbox.google.pubsub import MESSAGE, SUBSCRIPTION, TOPIC
from slipway.sandbox.stores.google import Record, Store, store_path
from tests.sandbox.storage_service import paid_project, serving_storage

PROJECT = "demo-project"
TOPIC_NAME = f"projects/{PROJECT}/topics/photos"


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """A paid project with a topic and a subscription of it."""
    paid_project(tmp_path)
    made = Store(store_path(tmp_path))
    with made.transaction() as now:
        now.put(TOPIC, Record(TOPIC_NAME, PROJECT, {"name": TOPIC_NAME}))
        now.put(SUBSCRIPTION, Record(f"projects/{PROJECT}/subscriptions/photos", PROJECT, {"topic": TOPIC_NAME}))
    return made


@pytest.fixture
def bucket(tmp_path: Path, store: Store) -> Iterator[Bucket]:
    """A versioned bucket, by Google's own client."""
    with serving_storage(tmp_path) as address:
        options = ClientOptions(api_endpoint=address)
        client = Client(project=PROJECT, credentials=AnonymousCredentials(), client_options=options)
        made = client.bucket("demo-bucket")
        made.versioning_enabled = True
        yield client.create_bucket(made, location="europe-west1")


def allow(store: Store) -> None:
    """Let Cloud Storage's account publish to the topic."""
    with store.transaction() as now:
        owner = now.project(PROJECT)
        assert owner is not None
        now.grant(TOPIC_NAME, "roles/pubsub.publisher", agent(owner.number), {})


def messages(store: Store) -> list[dict[str, Any]]:
    """What waits in the subscription, oldest first."""
    records = sorted(store.all(MESSAGE, PROJECT), key=lambda record: record.name)
    return [record.body["message"] for record in records]


def test_new_objects_with_the_prefix_are_published(store: Store, bucket: Bucket) -> None:
    """The attributes name the object, the data is its resource; a removed one is archived and not asked for."""
    allow(store)
    notice = bucket.notification(
        topic_name="photos",
        topic_project=PROJECT,
        event_types=["OBJECT_FINALIZE"],
        blob_name_prefix="in/",
        payload_format="JSON_API_V1",
    )
    notice.create()
    bucket.blob("in/a.png").upload_from_string(b"12345")
    bucket.blob("out/b.png").upload_from_string(b"1")
    bucket.blob("in/a.png").delete()
    (message,) = messages(store)
    attributes = message["attributes"]
    assert (attributes["eventType"], attributes["objectId"], attributes["bucketId"]) == (
        "OBJECT_FINALIZE",
        "in/a.png",
        "demo-bucket",
    )
    assert json.loads(base64.b64decode(message["data"]))["size"] == "5"
    assert [one.notification_id for one in bucket.list_notifications()] == [notice.notification_id]
    notice.delete()
    bucket.blob("in/c.png").upload_from_string(b"1")
    assert len(messages(store)) == 1


def test_every_change_is_published_where_nothing_is_chosen(store: Store, bucket: Bucket) -> None:
    """An object that is overwritten is archived, and says by what."""
    allow(store)
    bucket.notification(topic_name="photos", topic_project=PROJECT, payload_format="NONE").create()
    for content in (b"1", b"2"):
        bucket.blob("a").upload_from_string(content)
    bucket.blob("a").delete()
    events = [one["attributes"]["eventType"] for one in messages(store)]
    assert events == ["OBJECT_FINALIZE", "OBJECT_ARCHIVE", "OBJECT_FINALIZE", "OBJECT_ARCHIVE"]
    overwritten = ["overwrittenByGeneration" in one["attributes"] for one in messages(store)]
    assert overwritten == [False, True, False, False]


def test_a_topic_that_it_may_not_publish_to_is_refused(store: Store, bucket: Bucket) -> None:
    """The grant comes first, as in the cloud."""
    with pytest.raises(Forbidden, match="does not have permission to publish"):
        bucket.notification(topic_name="photos", topic_project=PROJECT, payload_format="NONE").create()
