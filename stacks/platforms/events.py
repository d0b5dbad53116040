"""An event: what an app is called with beside requests, and what becomes of a call that fails."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from stacks.platforms.model import Model
from stacks.setting_metadata import metadata, number

SOURCE_NAME = r"^[a-z][a-z0-9-]{0,28}[a-z0-9]$"


@dataclass(frozen=True, kw_only=True)
class Kind:
    """What a kind of event knows, beside the setting that is called after it."""

    settings: frozenset[str]
    retries: tuple[int, int, int]
    """The least, the most, and the default."""
    batch: tuple[int, int] = (1, 1)
    """The most, and the default."""


POSTED = 5
"""How often Pub/Sub posts a change of a bucket before it goes to the dead letters: the least that it knows."""
KINDS: Mapping[str, Kind] = {
    "queue": Kind(
        settings=frozenset({"batch", "window", "retries", "filter"}), retries=(0, 999, 3), batch=(10_000, 10)
    ),
    "stream": Kind(
        settings=frozenset({"batch", "window", "retries", "filter"}), retries=(0, 10_000, 3), batch=(10_000, 100)
    ),
    "bucket": Kind(settings=frozenset({"when", "prefix", "suffix", "retries", "path"}), retries=(0, 2, 2)),
    "pattern": Kind(settings=frozenset({"retries"}), retries=(0, 2, 2)),
    "topic": Kind(settings=frozenset({"path", "filter", "retries"}), retries=(4, 99, 4)),
}
"""What events come from: the last for Cloud Run, the others for Lambda. Where AWS calls a function and waits for no
answer, it tries twice more at most: https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html."""


class Event(Model):
    """Where an event comes from, which of them count, and how often one that fails is tried again."""

    queue: str | None = Field(
        default=None, pattern=SOURCE_NAME, description="A queue of the app's own (SQS), called so after stack and app."
    )
    bucket: str | None = Field(default=None, description="The app's own bucket, in which objects come and go.")
    pattern: dict[str, Any] = Field(
        default_factory=dict,
        description="A pattern of EventBridge's default bus, as {source: [shop], detail-type: [paid]}.",
        json_schema_extra=metadata("JSON"),
    )
    stream: str | None = Field(
        default=None,
        pattern=SOURCE_NAME,
        description="A stream of the app's own (Kinesis, one shard), called so after stack and app.",
    )
    topic: str | None = Field(
        default=None,
        pattern=SOURCE_NAME,
        description="A topic of the app's own (Pub/Sub), called so after the app.",
    )
    path: Annotated[str, Field(pattern=r"^/[\w./-]*$")] | None = Field(
        default=None, description="Where messages are posted to, of a topic or a bucket on Cloud Run. Default: /."
    )
    when: Annotated[list[Literal["created", "removed"]], Field(min_length=1)] | None = Field(
        default=None, description="What of a bucket's objects counts. Default: created."
    )
    prefix: str | None = Field(default=None, description="How the names of the objects begin.")
    suffix: str | None = Field(default=None, description="How the names of the objects end.")
    batch: int | None = number(
        "messages",
        "Messages of a call at most. Default: 10 of a queue, 100 of a stream.",
        default=None,
        least=1,
        most=10_000,
    )
    window: int = number("seconds", "How long a batch is gathered.", default=0, least=0, most=300)
    retries: int | None = number(
        "times",
        "How often what failed is tried again, before it goes to the dead-letter queue. Default: 3, of a bucket and a "
        "pattern 2.",
        default=None,
        least=0,
        most=10_000,
    )
    filter: dict[str, Any] = Field(
        default_factory=dict,
        description="A pattern as EventBridge's, as {body: {kind: [order]}}: other messages are dropped.",
        json_schema_extra=metadata("JSON"),
    )

    @model_validator(mode="after")
    def comes_from_one_place(self) -> "Event":
        """Exactly one source, and nothing beside it that it does not know."""
        sources = [kind for kind in KINDS if getattr(self, kind)]
        if len(sources) != 1:
            raise ValueError(
                f"must say one of {', '.join(KINDS)}, got {' and '.join(sources) or 'none'}: one event each"
            )
        kind = KINDS[sources[0]]
        common = {"path", "batch", "window", "retries", "filter", "when", "prefix", "suffix"}
        if foreign := sorted(name for name in common - kind.settings if getattr(self, name)):
            takes = ", ".join(sorted(kind.settings))
            raise ValueError(f"{foreign[0]} is not for a {sources[0]}, which takes {takes}, got it: take it out")
        least, most, _ = kind.retries
        if self.retries is not None and not least <= self.retries <= most:
            raise ValueError(f"retries of a {sources[0]} must be {least} to {most}, got {self.retries}")
        if self.topic and not all(isinstance(one, list) and one for one in self.filter.values()):
            raise ValueError(
                "filter of a topic must be values of attributes, as {kind: [order, return]}, got another form: say so"
            )
        if self.queue and (self.batch or 0) > 10 and not self.window:
            raise ValueError(f"batch must be 10 or less without a window, got {self.batch}: say window, as 5")
        if self.bucket and "created" in self.occasions and not (self.prefix or self.suffix):
            raise ValueError(
                "prefix or suffix is needed of a bucket that the app may write itself, got neither: what it writes "
                "would call it again, without an end: say one, as prefix: incoming/"
            )
        return self

    @property
    def kind(self) -> str:
        """What it comes from: a key of :data:`KINDS`."""
        return next(kind for kind in KINDS if getattr(self, kind))

    @property
    def tries(self) -> int:
        """How often what failed is tried again."""
        return KINDS[self.kind].retries[2] if self.retries is None else self.retries

    @property
    def at_most(self) -> int:
        """Messages of a call at most."""
        return self.batch or KINDS[self.kind].batch[1]

    @property
    def occasions(self) -> tuple[str, ...]:
        """What of a bucket's objects counts."""
        return tuple(sorted(set(self.when or ["created"])))


def problem_of(events: Mapping[str, Event], served: Collection[str], title: str, bucket: str | None) -> str:
    """What is wrong with the events of an app together, key first; "" where nothing is."""
    owners: dict[tuple[str, str], str] = {}
    for name, event in events.items():
        if event.kind not in served:
            return f"{name}: {title} takes events of {_listed(served)}, got a {event.kind}: take it out"
        if event.bucket and event.bucket != bucket:
            own = repr(bucket) if bucket else "none"
            return f"{name}.bucket: must be the app's own, {own}, got {event.bucket!r}: say bucket beside events"
        if event.bucket and (why := (_unposted if "topic" in served else _uncalled)(event)):
            return f"{name}.{why}"
        source = (event.kind, event.queue or event.stream or event.topic or "")
        if source[1] and (other := owners.setdefault(source, name)) != name:
            return f"{name}.{event.kind}: must be its own, got {source[1]!r}, which {other!r} has"
    return _overlap(events) or _uneven(events)


def _unposted(event: Event) -> str:
    """What a bucket's event cannot say where Cloud Storage publishes it and Pub/Sub posts it; "" where nothing is.

    https://cloud.google.com/storage/docs/pubsub-notifications
    """
    if event.suffix:
        return f"suffix: Cloud Storage tells names by how they begin alone, got {event.suffix!r}: say prefix"
    if "removed" in event.occasions:
        return "when: Cloud Storage does not tell removed objects from overwritten ones, got removed: take it out"
    if event.retries is not None:
        return f"retries: an object is posted {POSTED} times on Cloud Run, got retries {event.retries}: take it out"
    return ""


def _uncalled(event: Event) -> str:
    """The same where S3 calls a function."""
    return f"path: a function has no paths for events, got {event.path!r}: take it out" if event.path else ""


def _listed(words: Collection[str]) -> str:
    *others, last = words
    return f"{', '.join(others)} and {last}" if others else last


def _overlap(events: Mapping[str, Event]) -> str:
    """S3 calls one function for an object: https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-how-to-filtering.html."""
    of_bucket = [(name, event) for name, event in events.items() if event.bucket]
    for index, (name, event) in enumerate(of_bucket):
        for other, earlier in of_bucket[:index]:
            if (
                set(event.occasions) & set(earlier.occasions)
                and _one_begins(event.prefix or "", earlier.prefix or "")
                and _one_begins((event.suffix or "")[::-1], (earlier.suffix or "")[::-1])
            ):
                return f"{name}: its objects are those of {other!r} as well: give one of them another prefix"
    return ""


def _one_begins(one: str, other: str) -> bool:
    return one.startswith(other) or other.startswith(one)


def _uneven(events: Mapping[str, Event]) -> str:
    """Lambda has one number for all calls of a function without an answer."""
    numbers = {name: event.tries for name, event in events.items() if event.kind in ("bucket", "pattern")}
    first = next(iter(numbers.values()), 0)
    for name, tries in numbers.items():
        if tries != first:
            return f"{name}.retries: must be the same of all buckets and patterns of an app, got {tries} and {first}"
    return ""
