"""Pub/Sub's push: what is posted, when again, and where it ends that fails too often."""

import base64
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from slipway.sandbox.cloudrun.signed_in import Response
from slipway.sandbox.google import pubsub_push
from slipway.sandbox.google.cloud import Cloud
from slipway.sandbox.google.pubsub import MESSAGE, SUBSCRIPTION, TOPIC, lets_pass
from slipway.sandbox.google.server import Asked, answered
from slipway.sandbox.stores.google import Project, store_path

PROJECT, ACCOUNT = "shop", "evt@shop.iam.gserviceaccount.com"
PUSH = {"pushEndpoint": "http://notes.run.localhost/in", "oidcToken": {"serviceAccountEmail": ACCOUNT}}


class Clock:
    """A time that stands until it is moved."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def cloud(tmp_path: Path, clock: Clock) -> Cloud:
    """A cloud with a project that has Pub/Sub, a topic with a push subscription, and one for dead letters."""
    store_path(tmp_path).parent.mkdir(parents=True, exist_ok=True)
    cloud = Cloud(state_folder=tmp_path, now=clock)
    with cloud.store.transaction() as now:
        now.put_project(Project(id=PROJECT, number="42", state="ACTIVE", billing="b", body={}))
        now.enable(PROJECT, "pubsub.googleapis.com", 0.0)
    call(cloud, "PUT", "topics/words")
    call(cloud, "PUT", "topics/dead")
    call(cloud, "PUT", "subscriptions/dead", topic=f"projects/{PROJECT}/topics/dead")
    call(
        cloud,
        "PUT",
        "subscriptions/words",
        topic=f"projects/{PROJECT}/topics/words",
        pushConfig=PUSH,
        filter='attributes.kind = "order"',
        deadLetterPolicy={"deadLetterTopic": f"projects/{PROJECT}/topics/dead", "maxDeliveryAttempts": 5},
    )
    return cloud


def call(cloud: Cloud, verb: str, path: str, **body: Any) -> Any:
    asked = Asked(verb=verb, path=f"pubsub/v1/projects/{PROJECT}/{path}", query={}, content=json.dumps(body).encode())
    status, answer = answered(cloud, asked)
    assert status == 200, answer
    return answer


def publish(cloud: Cloud, text: str, **attributes: str) -> None:
    data = base64.b64encode(text.encode()).decode()
    call(cloud, "POST", "topics/words:publish", messages=[{"data": data, "attributes": attributes}])


def service(status: int, posted: list[Mapping[str, Any]]) -> Callable[..., Response]:
    """A service that answers so."""

    def ask(_folder: Path, url: str, account: str, *, body: bytes, **_more: Any) -> Response:
        posted.append({"url": url, "account": account, **json.loads(body)})
        return Response(status, "")

    return ask


def test_a_message_is_posted_once_where_the_service_takes_it(cloud: Cloud) -> None:
    """As the account that the subscription names; what the filter does not let pass is not."""
    posted: list[Mapping[str, Any]] = []
    publish(cloud, "one", kind="order")
    publish(cloud, "two", kind="return")
    for _ in range(2):
        pubsub_push.deliver(cloud, service(204, posted))
    (one,) = posted
    assert (one["url"], one["account"]) == (PUSH["pushEndpoint"], ACCOUNT)
    assert base64.b64decode(one["message"]["data"]) == b"one"
    assert one["subscription"] == f"projects/{PROJECT}/subscriptions/words"
    assert cloud.store.all(MESSAGE) == []


def test_what_fails_is_posted_again_later(cloud: Cloud, clock: Clock) -> None:
    """After ever longer pauses."""
    posted: list[Mapping[str, Any]] = []
    publish(cloud, "one", kind="order")
    for seconds in (0.0, 0.0, 0.5, 0.5, 0.5):
        clock.now += seconds
        pubsub_push.deliver(cloud, service(500, posted))
    assert [one["deliveryAttempt"] for one in posted] == [1, 2, 3]


@pytest.mark.parametrize("granted", [True, False])
def test_a_dead_letter_goes_to_its_topic_where_pubsub_may_publish(cloud: Cloud, clock: Clock, granted: bool) -> None:
    """Without the grant it stays where it is, as in Google Cloud."""
    posted: list[Mapping[str, Any]] = []
    if granted:
        with cloud.store.transaction() as now:
            topic = now.get(TOPIC, f"projects/{PROJECT}/topics/dead")
            assert topic is not None
            now.grant(topic.name, "roles/pubsub.publisher", pubsub_push.agent("42"), {})
    publish(cloud, "one", kind="order")
    for _ in range(5):
        clock.now += 10
        pubsub_push.deliver(cloud, service(500, posted))
    received = call(cloud, "POST", "subscriptions/dead:pull", maxMessages=5).get("receivedMessages", [])
    assert [base64.b64decode(one["message"]["data"]) for one in received] == ([b"one"] if granted else [])
    assert cloud.store.get(SUBSCRIPTION, f"projects/{PROJECT}/subscriptions/words") is not None


@pytest.mark.parametrize(
    ("expression", "passes"),
    [
        ("", True),
        ('attributes.kind = "order"', True),
        ('(attributes.kind = "return" OR attributes.kind = "order")', True),
        ('(attributes.kind = "order") AND (attributes.shop = "b")', False),
        ('attributes.other = "order"', False),
    ],
)
def test_a_filter_asks_for_attributes(expression: str, passes: bool) -> None:
    """AND of OR of equal values."""
    assert lets_pass(expression, {"kind": "order", "shop": "a"}) == passes
