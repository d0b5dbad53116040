"""SNS, Kinesis and the policies of queues: the emulator keeps and delivers."""

from slipway.sandbox.aws.emulated.row import Call, Row, Tagging
from slipway.sandbox.handler import Props

ATTRIBUTES = {
    "deliveryPolicy": "DeliveryPolicy",
    "displayName": "DisplayName",
    "kmsMasterKeyId": "KmsMasterKeyId",
    "policy": "Policy",
}
SUBSCRIPTION = {
    "filterPolicy": "FilterPolicy",
    "filterPolicyScope": "FilterPolicyScope",
    "redrivePolicy": "RedrivePolicy",
    "deliveryPolicy": "DeliveryPolicy",
}
PROTOCOLS = ("sqs", "sms", "lambda", "firehose", "application", "email", "email-json", "http", "https")
"""https://docs.aws.amazon.com/sns/latest/api/API_Subscribe.html"""


def set_to(operation: str, subject: str, own: str, theirs: str) -> Call:
    """The call that sets one attribute of a topic or a subscription."""
    return Call(
        operation=operation, arguments={subject: "{id}", "AttributeName": theirs, "AttributeValue": f"{{{own}}}"}
    )


def check_subscription(new: Props) -> dict[str, str]:
    """A protocol that SNS has."""
    if (protocol := new.get("protocol")) in (None, *PROTOCOLS):
        return {}
    quoted = " ".join(f'"{one}"' for one in PROTOCOLS)
    return {"protocol": f"expected protocol to be one of [{quoted}], got {protocol}"}


ROWS = (
    Row(
        type="aws:sns/topic:Topic",
        create=Call(
            operation="create_topic",
            arguments={"Name": "{name}"},
            more=lambda _aws, place: {"Attributes": {"FifoTopic": "true"}} if place.get("fifoTopic") else {},
            inputs=frozenset({"fifoTopic"}),
        ),
        then=tuple(set_to("set_topic_attributes", "TopicArn", own, theirs) for own, theirs in ATTRIBUTES.items()),
        id="TopicArn",
        identify="arn:aws:sns:{region}:{account}:{name}",
        overwrites=True,
        auto_name="name",
        read={"arn": "TopicArn", "owner": "Owner", "displayName": "DisplayName"},
        delete=Call(operation="delete_topic", arguments={"TopicArn": "{id}"}),
        tagging=Tagging(subject={"ResourceArn": "{id}"}),
        defaults={"fifoTopic": False},
    ),
    Row(
        type="aws:sns/topicPolicy:TopicPolicy",
        service="sns",
        look=Call(operation="get_topic_attributes", arguments={"TopicArn": "{id}"}),
        at="Attributes",
        create=Call(
            operation="set_topic_attributes",
            arguments={"TopicArn": "{arn}", "AttributeName": "Policy", "AttributeValue": "{policy}"},
            inputs=frozenset({"arn"}),
        ),
        update=(
            Call(
                operation="set_topic_attributes",
                arguments={"TopicArn": "{id}", "AttributeName": "Policy", "AttributeValue": "{policy}"},
            ),
        ),
        key="{arn}",
        overwrites=True,
        read={"owner": "Owner"},
        delete=Call(
            operation="set_topic_attributes",
            arguments={"TopicArn": "{id}", "AttributeName": "Policy", "AttributeValue": ""},
        ),
    ),
    Row(
        type="aws:sns/topicSubscription:TopicSubscription",
        create=Call(
            operation="subscribe",
            arguments={
                "TopicArn": "{topic}",
                "Protocol": "{protocol}",
                "Endpoint": "{endpoint}",
                "ReturnSubscriptionArn": True,
            },
        ),
        then=(
            *(
                set_to("set_subscription_attributes", "SubscriptionArn", own, theirs)
                for own, theirs in SUBSCRIPTION.items()
            ),
            Call(
                operation="set_subscription_attributes",
                arguments={"SubscriptionArn": "{id}", "AttributeName": "RawMessageDelivery"},
                more=lambda _aws, place: {"AttributeValue": str(bool(place.get("rawMessageDelivery"))).lower()},
                inputs=frozenset({"rawMessageDelivery"}),
            ),
        ),
        id="SubscriptionArn",
        check=check_subscription,
        read={
            "arn": "SubscriptionArn",
            "topic": "TopicArn",
            "protocol": "Protocol",
            "endpoint": "Endpoint",
            "ownerId": "Owner",
            "pendingConfirmation": "PendingConfirmation=='true'",
            "confirmationWasAuthenticated": "ConfirmationWasAuthenticated=='true'",
        },
        defaults={"confirmationTimeoutInMinutes": 1, "endpointAutoConfirms": False},
        unread=frozenset({"confirmationTimeoutInMinutes", "endpointAutoConfirms"}),
        delete=Call(operation="unsubscribe", arguments={"SubscriptionArn": "{id}"}),
    ),
    Row(
        type="aws:sqs/queuePolicy:QueuePolicy",
        service="sqs",
        look=Call(operation="get_queue_attributes", arguments={"QueueUrl": "{id}", "AttributeNames": ["Policy"]}),
        at="Attributes.Policy && Attributes",
        create=Call(
            operation="set_queue_attributes",
            arguments={"QueueUrl": "{queueUrl}", "Attributes": {"Policy": "{policy}"}},
        ),
        update=(
            Call(
                operation="set_queue_attributes",
                arguments={"QueueUrl": "{id}", "Attributes": {"Policy": "{policy}"}},
            ),
        ),
        key="{queueUrl}",
        overwrites=True,
        read={},
        delete=Call(operation="set_queue_attributes", arguments={"QueueUrl": "{id}", "Attributes": {"Policy": ""}}),
    ),
    Row(
        type="aws:kinesis/stream:Stream",
        create=Call(
            operation="create_stream",
            arguments={
                "StreamName": "{name}",
                "ShardCount": "{shardCount}",
                "StreamModeDetails": "{streamModeDetails:shape}",
            },
        ),
        then=(
            Call(
                operation="start_stream_encryption",
                arguments={"StreamARN": "{id}", "EncryptionType": "{encryptionType}", "KeyId": "{kmsKeyId}"},
            ),
        ),
        update=(
            Call(
                operation="update_shard_count",
                arguments={
                    "StreamName": "{name}",
                    "TargetShardCount": "{shardCount}",
                    "ScalingType": "UNIFORM_SCALING",
                },
            ),
        ),
        key="arn:aws:kinesis:{region}:{account}:stream/{name}",
        auto_name="name",
        read={
            "arn": "StreamARN",
            "name": "StreamName",
            "retentionPeriod": "RetentionPeriodHours",
            "encryptionType": "EncryptionType",
            "kmsKeyId": "KeyId",
        },
        gone=("StreamStatus", ("DELETING",)),
        defaults={"retentionPeriod": 24, "enforceConsumerDeletion": False},
        unread=frozenset({"enforceConsumerDeletion"}),
        delete=Call(operation="delete_stream", arguments={"StreamName": "{name}"}),
        tagging=Tagging(
            write=dict,
            put="add_tags_to_stream",
            remove="remove_tags_from_stream",
            subject={"StreamName": "{name}"},
        ),
    ),
)
