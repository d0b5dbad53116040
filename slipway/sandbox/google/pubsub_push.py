"""Pub/Sub's push: each message of a subscription is posted to its service until that answers with 2xx.

https://cloud.google.com/pubsub/docs/push: what fails is tried again, after ever longer pauses, and goes to the
dead-letter topic after so many attempts, if Pub/Sub's own account may publish there.
"""

import json
import logging
import threading
from collections.abc import Callable
from http.client import HTTPException

from slipway.sandbox.cloudrun import signed_in
from slipway.sandbox.google.cloud import Cloud, stamp
from slipway.sandbox.google.errors import Json
from slipway.sandbox.google.pubsub import MESSAGE, SUBSCRIPTION, TOPIC
from slipway.sandbox.stores.google import Record, Transaction

PAUSE = 0.5
"""Seconds between two looks for what is due."""
SHORTEST, LONGEST = 0.5, 8.0
"""Seconds until an attempt that failed is repeated, at first and at most; in Google Cloud 10 s to 10 minutes."""
DELIVERED = frozenset({102, 200, 201, 202, 204})
"""The statuses that acknowledge a message."""
log = logging.getLogger(__name__)
Ask = Callable[..., signed_in.Response]


def run(cloud: Cloud, stopped: threading.Event) -> None:
    """Deliver what is due, until stopped."""
    while not stopped.wait(PAUSE):
        try:
            deliver(cloud)
        except Exception:
            log.exception("a pass of Pub/Sub's push failed")


def deliver(cloud: Cloud, ask: Ask = signed_in.ask) -> None:
    """One pass over all that is due."""
    with cloud.store.transaction() as now:
        waiting = [
            (subscription, message)
            for subscription in now.all(SUBSCRIPTION)
            if (subscription.body.get("pushConfig") or {}).get("pushEndpoint")
            for message in now.all(MESSAGE, subscription.project)
            if message.name.startswith(f"{subscription.name}/") and message.body["due"] <= cloud.now()
        ]
    for subscription, message in waiting:
        accepted = _posted(cloud, subscription, message, ask)
        with cloud.store.transaction() as now:
            if now.get(MESSAGE, message.name) is None:
                continue
            if accepted:
                now.drop(MESSAGE, message.name)
            else:
                _failed(cloud, now, subscription, message)


def _posted(cloud: Cloud, subscription: Record, message: Record, ask: Ask) -> bool:
    push = subscription.body["pushConfig"]
    body: Json = {"message": message.body["message"], "subscription": subscription.name}
    if subscription.body.get("deadLetterPolicy"):
        body["deliveryAttempt"] = message.body["attempts"] + 1
    try:
        answer = ask(
            cloud.state_folder,
            push["pushEndpoint"],
            push["oidcToken"]["serviceAccountEmail"],
            method="POST",
            headers={"Content-Type": "application/json", "User-Agent": "CloudPubSub-Google"},
            body=json.dumps(body).encode(),
            seconds=float(subscription.body["ackDeadlineSeconds"]),
        )
    except (OSError, HTTPException) as error:
        log.info("%s: %s", subscription.name, error)
        return False
    return answer.status in DELIVERED


def _failed(cloud: Cloud, now: Transaction, subscription: Record, message: Record) -> None:
    attempts = message.body["attempts"] + 1
    policy = subscription.body.get("deadLetterPolicy") or {}
    if policy and attempts >= int(policy.get("maxDeliveryAttempts") or 5) and _forwarded(now, subscription, message):
        now.drop(MESSAGE, message.name)
        return
    pause = min(SHORTEST * 2 ** (attempts - 1), LONGEST)
    later = {**message.body, "due": cloud.now() + pause, "attempts": attempts}
    now.put(MESSAGE, Record(message.name, message.project, later))


def agent(number: str) -> str:
    """The account that Pub/Sub itself acts as in a project."""
    return f"serviceAccount:service-{number}@gcp-sa-pubsub.iam.gserviceaccount.com"


def _forwarded(now: Transaction, subscription: Record, message: Record) -> bool:
    """Put a message into the subscriptions of the dead-letter topic, where Pub/Sub may publish to it."""
    topic = now.get(TOPIC, subscription.body["deadLetterPolicy"]["deadLetterTopic"])
    project = now.project(subscription.project)
    if topic is None or project is None:
        return False
    if not any(role == "roles/pubsub.publisher" for role, _ in now.granted(topic.name, agent(project.number))):
        return False
    sent = message.body["message"]
    attributes = {
        **(sent.get("attributes") or {}),
        "CloudPubSubDeadLetterSourceDeliveryCount": str(message.body["attempts"] + 1),
        "CloudPubSubDeadLetterSourceSubscription": subscription.name.rsplit("/", 1)[-1],
        "CloudPubSubDeadLetterSourceSubscriptionProject": subscription.project,
    }
    body = {"message": {**sent, "attributes": attributes, "publishTime": stamp()}, "due": 0.0, "attempts": 0}
    for heir in now.all(SUBSCRIPTION, topic.project):
        if heir.body["topic"] == topic.name:
            now.put(MESSAGE, Record(f"{heir.name}/{message.name.rsplit('/', 1)[-1]}", topic.project, body))
    return True
