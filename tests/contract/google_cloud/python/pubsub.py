"""A message comes once, as what was acknowledged does not come again; a topic names its subscriptions."""

from common import PROJECT, client, project, same
from google.cloud.pubsub_v1 import PublisherClient, SubscriberClient

TOPIC, SUBSCRIPTION = f"{PROJECT}/topics/orders", f"{PROJECT}/subscriptions/orders"
project("pubsub")
publisher, subscriber = client(PublisherClient, "pubsub"), client(SubscriberClient, "pubsub")
publisher.create_topic(name=TOPIC)
subscriber.create_subscription(name=SUBSCRIPTION, topic=TOPIC)
same(list(publisher.list_topic_subscriptions(topic=TOPIC)), [SUBSCRIPTION])
publisher.update_topic(topic={"name": TOPIC, "labels": {"team": "a"}}, update_mask={"paths": ["labels"]})
same(dict(publisher.get_topic(topic=TOPIC).labels), {"team": "a"})
publisher.publish(TOPIC, b"an order", origin="test").result(timeout=10)
(received,) = subscriber.pull(subscription=SUBSCRIPTION, max_messages=5).received_messages
same((received.message.data, dict(received.message.attributes)), (b"an order", {"origin": "test"}))
subscriber.acknowledge(subscription=SUBSCRIPTION, ack_ids=[received.ack_id])
subscriber.modify_ack_deadline(subscription=SUBSCRIPTION, ack_ids=[received.ack_id], ack_deadline_seconds=0)
same(list(subscriber.pull(subscription=SUBSCRIPTION, max_messages=5).received_messages), [])
subscriber.delete_subscription(subscription=SUBSCRIPTION)
publisher.delete_topic(topic=TOPIC)
same(list(publisher.list_topics(project=PROJECT)), [])
