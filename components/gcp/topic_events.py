"""Topics that call a service: Pub/Sub posts each message to it, and what fails too often goes to another topic."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import pulumi
from pulumi_gcp import cloudrunv2, pubsub, serviceaccount, storage

from components.gcp.bucket import PrivateBucket
from components.gcp.project import GcpProject
from components.gcp.service_caller import service_caller

API = "pubsub.googleapis.com"
LEAST_ATTEMPTS, MOST_ATTEMPTS = 5, 100
"""https://cloud.google.com/pubsub/docs/handling-failures."""
KEPT = f"{7 * 86_400}s"
"""How long a message waits, a dead letter too: Pub/Sub's default."""
AGENT = "@gcp-sa-pubsub.iam.gserviceaccount.com"
"""How the address of Pub/Sub's own account in a project ends: it moves dead letters."""
NEVER = ""
"""When a subscription that takes no messages goes by itself."""


@dataclass(frozen=True, kw_only=True)
class TopicEvent:
    """A topic, and how its messages reach the service."""

    topic: str
    """Unique in the project."""
    path: str = "/"
    """Where they are posted to."""
    attempts: int = LEAST_ATTEMPTS
    """How often a message is posted before it goes to the dead-letter topic."""
    filter: str = ""
    """Of attributes, as Pub/Sub writes it; "" takes all."""
    bucket: PrivateBucket | None = None
    """A bucket whose new objects are published to the topic; None: others publish."""
    prefix: str = ""
    """How the names of those objects begin."""

    def __post_init__(self) -> None:
        if not LEAST_ATTEMPTS <= self.attempts <= MOST_ATTEMPTS:
            raise ValueError(f"attempts must be {LEAST_ATTEMPTS} to {MOST_ATTEMPTS}, got {self.attempts}")


@dataclass(frozen=True, kw_only=True)
class TopicEventsArgs:
    """A service, and what feeds it."""

    project: GcpProject
    project_number: pulumi.Input[str]
    """Pub/Sub's own account is called after it."""
    region: str
    service: cloudrunv2.Service
    service_name: str
    timeout: int
    """Seconds that an answer may take."""
    events: Mapping[str, TopicEvent]
    labels: Mapping[str, str] = field(default_factory=dict)


class TopicEvents(pulumi.ComponentResource):
    """The topics of one service, which is called by an account that may do nothing else."""

    topics: dict[str, pulumi.Output[str]]
    """The topics' names in full, by event."""

    def __init__(self, name: str, args: TopicEventsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("slipway:gcp:TopicEvents", name, {}, opts)
        self.name, self._args = name, args
        caller, may_call = service_caller(
            name,
            project=args.project,
            region=args.region,
            service=args.service,
            account_id=f"evt-{args.service_name}",
            does=f"brings {args.service_name} its messages",
            parent=self,
        )
        self.topics = {event: self._feed(event, one, caller, may_call) for event, one in args.events.items()}
        self.register_outputs({"topics": self.topics})

    def _child(self, *depends_on: pulumi.Resource) -> pulumi.ResourceOptions:
        return pulumi.ResourceOptions(parent=self, depends_on=list(depends_on))

    def _feed(
        self, event: str, declared: TopicEvent, caller: serviceaccount.Account, may_call: pulumi.Resource
    ) -> pulumi.Output[str]:
        args, name = self._args, f"{self.name}-{event}"
        project, labels, on = args.project.project_id, dict(args.labels), args.project.api(API)
        topic = pubsub.Topic(name, project=project, name=declared.topic, labels=labels, opts=self._child(on))
        dead = pubsub.Topic(
            f"{name}-dead", project=project, name=f"{declared.topic}-dead", labels=labels, opts=self._child(on)
        )
        pubsub.Subscription(
            f"{name}-dead",
            project=project,
            name=f"{declared.topic}-dead",
            topic=dead.id,
            message_retention_duration=KEPT,
            expiration_policy={"ttl": NEVER},
            labels=labels,
            opts=self._child(),
        )
        agent = pulumi.Output.concat("serviceAccount:service-", args.project_number, AGENT)
        may_bury = pubsub.TopicIAMMember(
            f"{name}-may-bury",
            project=project,
            topic=dead.name,
            role="roles/pubsub.publisher",
            member=agent,
            opts=self._child(),
        )
        subscription = pubsub.Subscription(
            name,
            project=project,
            name=declared.topic,
            topic=topic.id,
            # Pub/Sub waits ten minutes at most for an answer.
            ack_deadline_seconds=min(max(args.timeout, 10), 600),
            message_retention_duration=KEPT,
            expiration_policy={"ttl": NEVER},
            filter=declared.filter or None,
            push_config={
                "push_endpoint": pulumi.Output.concat(args.service.uri, declared.path),
                "oidc_token": {"service_account_email": caller.email, "audience": args.service.uri},
            },
            dead_letter_policy={"dead_letter_topic": dead.id, "max_delivery_attempts": declared.attempts},
            retry_policy={"minimum_backoff": "10s", "maximum_backoff": "600s"},
            labels=labels,
            opts=self._child(may_call, may_bury),
        )
        source = self._notify(name, topic, declared.bucket, declared.prefix) if declared.bucket else topic.id
        pubsub.SubscriptionIAMMember(
            f"{name}-may-take",
            project=project,
            subscription=subscription.name,
            role="roles/pubsub.subscriber",
            member=agent,
            opts=self._child(),
        )
        return source

    def _notify(self, name: str, topic: pubsub.Topic, bucket: PrivateBucket, prefix: str) -> pulumi.Output[str]:
        """Have a bucket's new objects published, by Cloud Storage's own account of the project; the bucket's name.

        https://cloud.google.com/storage/docs/reporting-changes. To ask for the account makes it.
        """
        project = self._args.project.project_id
        enabled = pulumi.InvokeOutputOptions(depends_on=[self._args.project.api("storage.googleapis.com")])
        agent = storage.get_project_service_account_output(project=project, opts=enabled)
        may_publish = pubsub.TopicIAMMember(
            f"{name}-may-publish",
            project=project,
            topic=topic.name,
            role="roles/pubsub.publisher",
            member=agent.email_address.apply(lambda email: f"serviceAccount:{email}"),
            opts=self._child(),
        )
        storage.Notification(
            name,
            bucket=bucket.bucket_name,
            topic=topic.id,
            payload_format="JSON_API_V1",
            event_types=["OBJECT_FINALIZE"],
            object_name_prefix=prefix or None,
            opts=self._child(may_publish),
        )
        return bucket.bucket_name
