"""Pub/Sub v1: topics, subscriptions, and messages that are pulled, or pushed (:mod:`.pubsub_push`).

https://cloud.google.com/pubsub/docs/reference/rest
"""

import base64
import re
import secrets
import time
from collections.abc import Callable, Sequence

from slipway.sandbox.google import policies
from slipway.sandbox.google.cloud import stamp, usable
from slipway.sandbox.google.errors import ApiError, Json
from slipway.sandbox.google.routing import Api, Call, Method, Route, camel
from slipway.sandbox.stores.google import Record, Transaction

SERVICE = "pubsub.googleapis.com"
TOPIC, SUBSCRIPTION, MESSAGE = "topic", "subscription", "message"
ID = re.compile(r"(?!goog)[A-Za-z][A-Za-z0-9-_.~+%]{2,254}")
TOPIC_FIELDS = ("labels", "messageRetentionDuration", "kmsKeyName", "messageStoragePolicy", "schemaSettings")
SUBSCRIPTION_FIELDS = (
    *("ackDeadlineSeconds", "deadLetterPolicy", "enableExactlyOnceDelivery", "enableMessageOrdering"),
    *("expirationPolicy", "filter", "labels", "messageRetentionDuration", "retainAckedMessages", "retryPolicy"),
)
TEST = re.compile(r'attributes\.(?P<name>[A-Za-z][\w-]*) ?= ?"(?P<value>[^"]*)"')
"""A test of a subscription's filter."""
MOST = 10 << 20
"""Bytes of a request to publish: https://cloud.google.com/pubsub/quotas."""


def create_topic(call: Call) -> Json:
    """Make a topic."""
    with call.cloud.store.transaction() as now:
        project, name = _new(call, now, TOPIC, "topics", call["topic"])
        body = {"name": name, **{key: call.body[key] for key in TOPIC_FIELDS if key in call.body}}
        now.put(TOPIC, Record(name, project, body))
        return body


def patch_topic(call: Call) -> Json:
    """What the mask names, which stands beside the topic in the request."""
    changes = _masked(call, "topic", TOPIC_FIELDS)
    with call.cloud.store.transaction() as now:
        record = _topic(call, now)
        body = {key: value for key, value in {**record.body, **changes}.items() if value is not None}
        now.put(TOPIC, Record(record.name, record.project, body))
        return body


def list_topic_subscriptions(call: Call) -> Json:
    """The names of a topic's subscriptions."""
    with call.cloud.store.transaction() as now:
        topic = _topic(call, now)
        records = [record for record in now.all(SUBSCRIPTION, topic.project) if record.body["topic"] == topic.name]
    page = call.page("subscriptions", [{"name": record.name} for record in records])
    return {**page, **({"subscriptions": [each["name"] for each in page["subscriptions"]]} if records else {})}


def delete_topic(call: Call) -> Json:
    """Its subscriptions stay, without a topic."""
    with call.cloud.store.transaction() as now:
        topic = _topic(call, now)
        for record in now.all(SUBSCRIPTION, topic.project):
            if record.body["topic"] == topic.name:
                now.put(SUBSCRIPTION, Record(record.name, record.project, {**record.body, "topic": "_deleted-topic_"}))
        now.drop(TOPIC, topic.name)
    return {}


def publish(call: Call) -> Json:
    """A copy of each message for every subscription that there is now."""
    messages = call.body.get("messages") or []
    if not messages:
        raise ApiError(400, "The value for message_count is too small. You passed 0 in the request")
    with call.cloud.store.transaction() as now:
        return {"messageIds": put_messages(now, _topic(call, now), messages)}


def put_messages(now: Transaction, topic: Record, messages: Sequence[Json]) -> list[str]:
    """Put a copy of each message into every subscription of a topic that lets it pass; the messages' ids."""
    heirs = [record for record in now.all(SUBSCRIPTION, topic.project) if record.body["topic"] == topic.name]
    ids: list[str] = []
    for message in messages:
        if not message.get("data") and not message.get("attributes"):
            raise ApiError(400, "One or more messages in the publish request is empty.")
        id = str(10**15 + secrets.randbelow(9 * 10**15))
        sent = {**message, "messageId": id, "publishTime": stamp()}
        ids.append(id)
        for heir in heirs:
            if not lets_pass(heir.body.get("filter", ""), message.get("attributes") or {}):
                continue
            name = f"{heir.name}/{time.time_ns():020d}-{id}"
            now.put(MESSAGE, Record(name, topic.project, {"message": sent, "due": 0.0, "attempts": 0}))
    return ids


def create_subscription(call: Call) -> Json:
    """Make a subscription of a topic that is there; messages are pulled, or pushed to a service on Cloud Run."""
    _checked(call.body)
    with call.cloud.store.transaction() as now:
        project, name = _new(call, now, SUBSCRIPTION, "subscriptions", call["subscription"])
        topic = call.text("topic")
        if not now.taken(TOPIC, topic):
            raise _gone(topic)
        body = {
            "ackDeadlineSeconds": 10,
            "messageRetentionDuration": "604800s",
            "expirationPolicy": {"ttl": "2678400s"},
            **{key: call.body[key] for key in SUBSCRIPTION_FIELDS if call.body.get(key) is not None},
            "name": name,
            "topic": topic,
            "pushConfig": call.body.get("pushConfig") or {},
            "state": "ACTIVE",
        }
        now.put(SUBSCRIPTION, Record(name, project, body))
        return body


def patch_subscription(call: Call) -> Json:
    """What the mask names, which stands beside the subscription in the request."""
    changes = _masked(call, "subscription", (*SUBSCRIPTION_FIELDS, "pushConfig"))
    with call.cloud.store.transaction() as now:
        record = _subscription(call, now)
        body = {key: value for key, value in {**record.body, **changes}.items() if value is not None}
        _checked(body)
        now.put(SUBSCRIPTION, Record(record.name, record.project, body))
        return body


def _masked(call: Call, resource: str, allowed: tuple[str, ...]) -> Json:
    """The fields of ``allowed`` that the mask in the body names; None for those that are to be emptied."""
    body = call.body.get(resource) or {}
    mask = [camel(field) for field in str(call.body.get("updateMask") or "").split(",") if field]
    return {key: body.get(key) for key in mask if key in allowed}


def lets_pass(expression: str, attributes: Json) -> bool:
    """Whether a subscription's filter takes a message: attributes and their values, with AND and OR of either.

    https://cloud.google.com/pubsub/docs/subscription-message-filter
    """
    clauses = [clause.split(" OR ") for clause in expression.split(" AND ")]
    return all(any(_holds(one.strip(" ()"), attributes) for one in clause) for clause in clauses)


def _holds(test: str, attributes: Json) -> bool:
    equal = TEST.fullmatch(test)
    return not test or (equal is not None and attributes.get(equal["name"]) == equal["value"])


def _checked(body: Json) -> None:
    """What the sandbox's Pub/Sub does not do is refused."""
    for test in re.split(" AND | OR ", body.get("filter") or ""):
        if test and not TEST.fullmatch(test.strip(" ()")):
            raise ApiError(501, f'The sandbox filters by attributes.NAME = "VALUE", AND and OR alone, got {test}')
    push = body.get("pushConfig") or {}
    if push.get("pushEndpoint") and not (push.get("oidcToken") or {}).get("serviceAccountEmail"):
        raise ApiError(501, "The sandbox's Pub/Sub pushes as an account: give pushConfig.oidcToken")


def delete_subscription(call: Call) -> Json:
    """With the messages that wait in it."""
    with call.cloud.store.transaction() as now:
        record = _subscription(call, now)
        for message in _waiting(now, record):
            now.drop(MESSAGE, message.name)
        now.drop(SUBSCRIPTION, record.name)
    return {}


def pull(call: Call) -> Json:
    """Messages that are due, the oldest first; each is due again where it is not acknowledged in time."""
    most = int(call.body.get("maxMessages") or 0)
    if most <= 0:
        raise ApiError(400, "The maxMessages must be positive.")
    received = []
    with call.cloud.store.transaction() as now:
        record, moment = _subscription(call, now), call.cloud.now()
        due = [message for message in _waiting(now, record) if message.body["due"] <= moment][:most]
        for message in due:
            attempts = message.body["attempts"] + 1
            later = {**message.body, "due": moment + record.body["ackDeadlineSeconds"], "attempts": attempts}
            now.put(MESSAGE, Record(message.name, message.project, later))
            received.append({"ackId": _ack_id(message), "message": message.body["message"]})
    return {"receivedMessages": received} if received else {}


def acknowledge(call: Call) -> Json:
    """They are not delivered again."""
    with call.cloud.store.transaction() as now:
        for message in _acked(call, now):
            now.drop(MESSAGE, message.name)
    return {}


def modify_deadline(call: Call) -> Json:
    """When they are due again, from now on."""
    seconds = int(call.body.get("ackDeadlineSeconds") or 0)
    with call.cloud.store.transaction() as now:
        for message in _acked(call, now):
            later = {**message.body, "due": call.cloud.now() + seconds}
            now.put(MESSAGE, Record(message.name, message.project, later))
    return {}


def _new(call: Call, now: Transaction, kind: str, plural: str, id: str) -> tuple[str, str]:
    project = usable(call.cloud, now, call["project"], SERVICE).id
    name = f"projects/{project}/{plural}/{id}"
    if not ID.fullmatch(id):
        raise ApiError(400, f"Invalid [{plural}] name: (name={name})")
    if now.taken(kind, name):
        raise ApiError(409, f"Resource already exists in the project (resource={id}).")
    return project, name


def _topic(call: Call, now: Transaction) -> Record:
    project = usable(call.cloud, now, call["project"], SERVICE).id
    record = now.get(TOPIC, f"projects/{project}/topics/{call['topic']}")
    if record is None:
        raise _gone(call["topic"])
    return record


def _subscription(call: Call, now: Transaction) -> Record:
    project = usable(call.cloud, now, call["project"], SERVICE).id
    record = now.get(SUBSCRIPTION, f"projects/{project}/subscriptions/{call['subscription']}")
    if record is None:
        raise _gone(call["subscription"])
    return record


def _gone(name: str) -> ApiError:
    return ApiError(404, f"Resource not found (resource={name.rsplit('/', 1)[-1]}).")


def _waiting(now: Transaction, subscription: Record) -> list[Record]:
    prefix = f"{subscription.name}/"
    return [record for record in now.all(MESSAGE, subscription.project) if record.name.startswith(prefix)]


def _ack_id(message: Record) -> str:
    return base64.urlsafe_b64encode(message.name.encode()).decode()


def _acked(call: Call, now: Transaction) -> list[Record]:
    ids = set(call.body.get("ackIds") or ())
    if not ids:
        raise ApiError(400, "No ack ids specified.")
    return [message for message in _waiting(now, _subscription(call, now)) if _ack_id(message) in ids]


def _get(there: Callable[[Call, Transaction], Record]) -> Method:
    def get(call: Call) -> Json:
        with call.cloud.store.transaction() as now:
            return there(call, now).body

    return get


def _list(kind: str, field: str) -> Method:
    def listed(call: Call) -> Json:
        with call.cloud.store.transaction() as now:
            project = usable(call.cloud, now, call["project"], SERVICE).id
            return call.page(field, [record.body for record in now.all(kind, project)])

    return listed


_P = "v1/projects/{project}"
_T, _S = f"{_P}/topics", f"{_P}/subscriptions"
_ID = "pubsub.projects."
API = Api(
    name="pubsub",
    routes=(
        Route("PUT", f"{_T}/{{topic}}", create_topic, f"{_ID}topics.create"),
        Route("GET", f"{_T}/{{topic}}", _get(_topic), f"{_ID}topics.get"),
        Route("GET", _T, _list(TOPIC, "topics"), f"{_ID}topics.list"),
        Route("PATCH", f"{_T}/{{topic}}", patch_topic, f"{_ID}topics.patch"),
        Route("GET", f"{_T}/{{topic}}/subscriptions", list_topic_subscriptions, f"{_ID}topics.subscriptions.list"),
        Route("DELETE", f"{_T}/{{topic}}", delete_topic, f"{_ID}topics.delete"),
        Route("POST", f"{_T}/{{topic}}:publish", publish, f"{_ID}topics.publish"),
        *policies.routes(f"{_T}/{{topic}}", lambda now, call: _topic(call, now).name, f"{_ID}topics."),
        Route("PUT", f"{_S}/{{subscription}}", create_subscription, f"{_ID}subscriptions.create"),
        Route("GET", f"{_S}/{{subscription}}", _get(_subscription), f"{_ID}subscriptions.get"),
        Route("GET", _S, _list(SUBSCRIPTION, "subscriptions"), f"{_ID}subscriptions.list"),
        Route("PATCH", f"{_S}/{{subscription}}", patch_subscription, f"{_ID}subscriptions.patch"),
        Route("DELETE", f"{_S}/{{subscription}}", delete_subscription, f"{_ID}subscriptions.delete"),
        Route("POST", f"{_S}/{{subscription}}:pull", pull, f"{_ID}subscriptions.pull"),
        Route("POST", f"{_S}/{{subscription}}:acknowledge", acknowledge, f"{_ID}subscriptions.acknowledge"),
        Route(
            "POST",
            f"{_S}/{{subscription}}:modifyAckDeadline",
            modify_deadline,
            f"{_ID}subscriptions.modifyAckDeadline",
        ),
        *policies.routes(
            f"{_S}/{{subscription}}", lambda now, call: _subscription(call, now).name, f"{_ID}subscriptions."
        ),
    ),
)
