"""Pub/Sub: topics, their subscriptions, and who may use them, as the provider makes them by Google's REST."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from slipway.sandbox.gcp import grants, members
from slipway.sandbox.gcp.cloud import Google, refused
from slipway.sandbox.gcp.labels import effective, own
from slipway.sandbox.handler import Calls, Handler, Props

API = "pubsub"
TOPIC, SUBSCRIPTION = "topics", "subscriptions"
TOPIC_FIELDS = ("labels", "messageRetentionDuration")
SUBSCRIPTION_FIELDS = (
    *("ackDeadlineSeconds", "deadLetterPolicy", "enableMessageOrdering", "expirationPolicy", "filter", "labels"),
    *("messageRetentionDuration", "pushConfig", "retainAckedMessages", "retryPolicy"),
)
CHANGED = tuple(field for field in SUBSCRIPTION_FIELDS if field not in ("enableMessageOrdering", "filter"))
"""What of a subscription changes in place."""
DEFAULTS = {"ackDeadlineSeconds": 10, "messageRetentionDuration": "604800s"}


def create_topic(cloud: Google, new: Props) -> tuple[str, Props]:
    """Make a topic."""
    id = _id(cloud, TOPIC, new)
    with refused(cloud, "Error creating Topic"):
        live = cloud.rest.ask(API, "PUT", f"v1/{id}", _body(cloud, new, TOPIC_FIELDS))
    return id, _outputs(live)


def create_subscription(cloud: Google, new: Props) -> tuple[str, Props]:
    """Make a subscription of a topic."""
    id = _id(cloud, SUBSCRIPTION, new)
    topic = new["topic"]
    topic = topic if topic.startswith("projects/") else f"projects/{cloud.project_of(new)}/topics/{topic}"
    body = {"topic": topic, **_body(cloud, new, SUBSCRIPTION_FIELDS)}
    with refused(cloud, "Error creating Subscription"):
        live = cloud.rest.ask(API, "PUT", f"v1/{id}", body)
    return id, _outputs(live)


def read(fields: tuple[str, ...], cloud: Google, id: str) -> Props | None:
    """By id: ``projects/PROJECT/topics/NAME``, or a subscription's."""
    live = cloud.live(API, f"v1/{id}")
    if live is None:
        return None
    there = {key: live[key] for key in fields if key != "labels" and live.get(key) not in (None, {}, "")}
    return {
        **there,
        **own(cloud, live.get("labels")),
        **({"topic": live["topic"]} if "topic" in live else {}),
        **_outputs(live),
    }


def update(what: str, fields: tuple[str, ...], cloud: Google, id: str, _old: Props, new: Props) -> Props:
    """Change a topic or a subscription in place."""
    with refused(cloud, f"Error updating {what} {id!r}"):
        body = {what.lower(): {"name": id, **_body(cloud, new, fields)}, "updateMask": ",".join(fields)}
        return _outputs(cloud.rest.ask(API, "PATCH", f"v1/{id}", body))


def delete(what: str, cloud: Google, id: str, _old: Props) -> None:
    """Delete it."""
    if cloud.live(API, f"v1/{id}") is not None:
        with refused(cloud, f"Error deleting {what}"):
            cloud.rest.ask(API, "DELETE", f"v1/{id}")


def give(of: str, cloud: Google, new: Props) -> tuple[str, Props]:
    """Give a role on a topic or a subscription; ``of`` is the input that names it."""
    plural, name = f"{of}s", str(new[of]).rsplit("/", 1)[-1]
    id = f"projects/{cloud.project_of(new)}/{plural}/{name}"
    with refused(cloud, f'Error applying IAM policy for pubsub {of} "{id}"'):
        policy = members.give(cloud, API, f"v1/{id}", new, read="GET")
    return f"{id}/{new['role']}/{new['member']}", {"project": cloud.project_of(new), "etag": policy["etag"]}


def given(of: str, cloud: Google, id: str) -> Props | None:
    """By id: ``projects/PROJECT/topics/NAME/ROLE/MEMBER``; the role has a slash in it."""
    scope, role, member = _parts(id)
    grant = members.given(cloud, API, f"v1/{scope}", role, member, read="GET")
    _, project, _, name = scope.split("/")
    return {"project": project, of: name, **grant} if grant else None


def take(cloud: Google, id: str, old: Props) -> None:
    """Take it."""
    scope, role, member = _parts(id)
    with refused(cloud, f'Error applying IAM policy for pubsub "{scope}"'):
        members.take(cloud, API, f"v1/{scope}", role, member, old.get("condition") or {}, read="GET")


def _parts(id: str) -> tuple[str, str, str]:
    parts = id.split("/")
    return "/".join(parts[:4]), "/".join(parts[4:6]), "/".join(parts[6:])


def _id(cloud: Google, plural: str, new: Mapping[str, Any]) -> str:
    return f"projects/{cloud.project_of(dict(new))}/{plural}/{new['name']}"


def _body(cloud: Google, new: Props, fields: tuple[str, ...]) -> Props:
    body = {key: new[key] for key in fields if new.get(key) is not None}
    labels = effective(cloud, new)
    return {**body, **({"labels": labels} if labels else {})}


def _outputs(live: Props) -> Props:
    return {"name": live["name"].rsplit("/", 1)[-1], "project": live["name"].split("/")[1]}


def _grant(of: str) -> Handler:
    return Handler(
        check=grants.check,
        calls=Calls(create=partial(give, of), read=partial(given, of), delete=take),
        computed=frozenset({"etag"}),
    )


LABELS = frozenset({"effectiveLabels", "pulumiLabels"})
HANDLERS = {
    "gcp:pubsub/topic:Topic": Handler(
        calls=Calls(
            create=create_topic,
            read=partial(read, TOPIC_FIELDS),
            update=partial(update, "Topic", TOPIC_FIELDS),
            delete=partial(delete, "Topic"),
        ),
        identify=lambda cloud, new: _id(cloud, TOPIC, new),
        auto_name="name",
        computed=LABELS,
        volatile=LABELS,
    ),
    "gcp:pubsub/subscription:Subscription": Handler(
        defaults=lambda new: {**DEFAULTS, **new},
        calls=Calls(
            create=create_subscription,
            read=partial(read, SUBSCRIPTION_FIELDS),
            update=partial(update, "Subscription", CHANGED),
            delete=partial(delete, "Subscription"),
        ),
        identify=lambda cloud, new: _id(cloud, SUBSCRIPTION, new),
        settled=frozenset({"expirationPolicy"}),
        links=frozenset({"topic"}),
        auto_name="name",
        computed=LABELS,
        volatile=LABELS,
    ),
    "gcp:pubsub/topicIAMMember:TopicIAMMember": _grant("topic"),
    "gcp:pubsub/subscriptionIAMMember:SubscriptionIAMMember": _grant("subscription"),
}
