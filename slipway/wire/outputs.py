"""What the program exports about its apps, for the commands that read a stack's outputs: one type a platform.

``stacks`` writes them, ``slipway`` reads them. Commands get them from JSON: everything here is plain data.
"""

from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict


class ScheduleOutput(TypedDict):
    """A schedule of an app."""

    when: str
    """In words: ``every day at 03:00 (UTC)``."""
    does: str
    """What happens when it is due."""
    resource: str
    """Its name in its cloud."""


class SchedulesOutput(TypedDict, total=False):
    """The schedules of an app; empty if it has none."""

    schedules: Mapping[str, ScheduleOutput]


class PinOutput(TypedDict, total=False):
    """What the stack's file pins; empty if the newest version serves."""

    serve: str
    """The version that is pinned."""
    canary: int
    """Percent of the requests that go to the newest version beside it."""


class ArtifactOutput(TypedDict):
    """What the outputs keep of an artifact: enough to find its manifest and to make it again."""

    digest: str
    """Of the manifest (hex sha256). The manifest itself is in the artifact store, by this digest."""
    kind: NotRequired[str]
    """``lambda-zip`` and the like."""
    options: NotRequired[Mapping[str, str | bool | int]]
    """What the artifact was made with, as far as it is plain."""
    artifact_url: NotRequired[str]
    """Where the artifact itself lies (``gs://…``, ``s3://…``), for a machine whose store lacks the manifest."""


class SecretsOutput(TypedDict):
    """The sealed variables of an app."""

    names: Sequence[str]
    delivery: str
    """How the platform hands them over, and who may read them there, in words."""


class DataOutput(TypedDict, total=False):
    """What an app writes itself; empty if it keeps nothing."""

    data: Mapping[str, str]
    """By path or pattern in the app's folder, where the platform has it."""


class RecordOutput(TypedDict):
    """A record of the DNS."""

    name: str
    """In full, as ``shop.example.com``."""
    type: str
    """``A``, ``AAAA`` or ``CNAME``."""
    value: str


class DomainOutput(TypedDict):
    """A domain of one's own that leads to an app."""

    name: str
    records: Sequence[RecordOutput]
    """What its owner sets at its name server."""


class AppOutput(ArtifactOutput, SchedulesOutput, DataOutput):
    """An app on any platform."""

    platform: str
    """In words: ``App Engine``, ``AWS Lambda``."""
    resource: str
    """Its name on the platform: the function's name, the service's id."""
    url: str
    """Where it answers; "" for an app without an address."""
    probe: Sequence[str]
    """The paths whose answers show that it is up."""
    source: NotRequired[str]
    """Its folder, relative to the project's root."""
    app_bucket: NotRequired[str]
    """The bucket of its own, as its settings call it: the rest of its variable's name."""
    grants: NotRequired[Mapping[str, str]]
    """What its identity may do besides, in words, by name."""
    database: NotRequired[str]
    """The kind of the database of its own."""
    release: NotRequired[str]
    """The command that runs before a version serves."""
    secrets: NotRequired[SecretsOutput]
    """Left out where it has none."""
    domain: NotRequired[DomainOutput]
    """Left out where it has none."""


class VersionedOutput(AppOutput, PinOutput):
    """An app on a platform that keeps earlier versions."""

    versions: Sequence[str]
    """Newest first; those that the program declares or has just published."""
    traffic: Mapping[str, int]
    """Percent of the requests by version."""


class AppEngineOutput(VersionedOutput):
    """An app on App Engine."""

    digests: Mapping[str, str]
    """By version, its artifact's digest."""


class BeanstalkOutput(VersionedOutput):
    """An app on Elastic Beanstalk."""

    region: str
    digests: Mapping[str, str]
    """By version, its artifact's digest."""
    log_group: str


class EventOutput(TypedDict):
    """What a function is called with beside requests."""

    kind: str
    """``queue``, ``stream``, ``bucket``, ``pattern`` or ``topic``."""
    source: str
    """Where it comes from: a queue's address, the name of a stream, a bucket, a rule or a topic."""
    when: str
    """In words: ``a message in slipway-dev-tally-words``."""
    sample: NotRequired[str]
    """What a sample is made of: an object's name, a pattern."""


class EventsOutput(TypedDict, total=False):
    """The events of an app; empty if it has none."""

    events: Mapping[str, EventOutput]
    """By name."""


class ReleasedVersionsOutput(TypedDict, total=False):
    """What is known of a function's release command; empty if it has none."""

    released_versions: Sequence[str]
    """The versions for which it has succeeded, newest first."""


class LambdaOutput(VersionedOutput, EventsOutput, ReleasedVersionsOutput):
    """An app on AWS Lambda."""

    region: str
    log_group: str


class ReleasedOutput(TypedDict):
    """The version whose release command has succeeded."""

    version: str
    """A digest of its image, its command and its variables."""
    attempt: str
    """What told this run of the command from those that failed."""


class HasReleasedOutput(TypedDict, total=False):
    """What is known of an app's release command; empty if it has none."""

    released: ReleasedOutput


class CloudRunOutput(VersionedOutput, HasReleasedOutput, EventsOutput):
    """An app on Cloud Run."""

    region: str
    service: str
    """``projects/PROJECT/locations/REGION/services/NAME``."""
    image: str


class ContainerOutput(AppOutput, PinOutput, HasReleasedOutput):
    """An app in containers on a Docker daemon; a Prometheus has no versions."""

    image: str
    versions: Sequence[str]
    """The images' tags, newest first: those that a rollback may name."""
    digests: NotRequired[Mapping[str, str]]
    """By version, its artifact's digest."""
    images: NotRequired[Mapping[str, str]]
    """By version, its image in the registry (``HOST/PATH@sha256:…``)."""
    traffic: NotRequired[Mapping[str, int]]
    """Percent of the requests by version."""
    dashboard: NotRequired[str]
    """The file of the dashboard that belongs to a Prometheus."""


class EndedRunOutput(TypedDict):
    """A run of a pipeline that has come to an end."""

    state: str
    """Of its latest job, as Dataflow has it: ``JOB_STATE_DONE``, …"""
    tries: int
    """How many jobs it took."""


class DataflowOutput(AppOutput):
    """A pipeline on Dataflow."""

    region: str
    project: str
    run: str
    """The run's digest, over code and options (12 hex)."""
    runs: Mapping[str, EndedRunOutput]
    """By digest, every run that has come to an end."""
    job: str
    """The id of the run's job; "" where the run is over and no job is declared."""
    bucket: str
    output: str
    """How the names of the run's output files begin (``gs://…``)."""
    template: str


class AccountOutput(TypedDict):
    """An account on PythonAnywhere."""

    user: str
    host: str


class PythonAnywhereOutput(AppOutput):
    """An app on PythonAnywhere."""

    account: AccountOutput
    by_hand: NotRequired[Sequence[str]]
    """What the owner of the account has to do there by hand."""
