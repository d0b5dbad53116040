"""What a pipeline's account needs to read and write what is declared, on each thing alone where there are such grants.

https://cloud.google.com/dataflow/docs/concepts/security-and-permissions#worker-service-account
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import pulumi
from pulumi_gcp import bigquery, projects, pubsub, storage

from components.gcp.pipeline_data import Kind


@dataclass(frozen=True, kw_only=True)
class Use:
    """One thing that is read or written."""

    id: str
    """How the grants' names begin."""
    place: str
    written: bool
    member: pulumi.Input[str]
    project: pulumi.Input[str]
    """The job's own."""
    opts: pulumi.ResourceOptions


def data_grants(
    name: str,
    member: pulumi.Input[str],
    project: pulumi.Input[str],
    reads: Mapping[str, str],
    writes: Mapping[str, str],
    opts: pulumi.ResourceOptions,
) -> list[pulumi.Resource]:
    """The grants for ``reads`` and ``writes``, names by parameter."""
    uses = [
        Use(
            id=f"{name}-{parameter.replace('_', '-')}",
            place=place,
            written=declared is writes,
            member=member,
            project=project,
            opts=opts,
        )
        for declared in (reads, writes)
        for parameter, place in declared.items()
    ]
    granted = [grant for use in uses if (kind := Kind.of(use.place)) for grant in BY_KIND[kind](use)]
    if any(Kind.of(use.place) is Kind.TABLE for use in uses):
        role = "roles/bigquery.jobUser"
        granted.append(projects.IAMMember(f"{name}-queries", project=project, role=role, member=member, opts=opts))
    return granted


def _files(use: Use) -> Iterator[pulumi.Resource]:
    role = "roles/storage.objectUser" if use.written else "roles/storage.objectViewer"
    bucket = use.place.removeprefix("gs://").partition("/")[0]
    yield storage.BucketIAMMember(use.id, bucket=bucket, role=role, member=use.member, opts=use.opts)


def _topic(use: Use) -> Iterator[pulumi.Resource]:
    _, owner, _, topic = use.place.split("/")
    role = "roles/pubsub.publisher" if use.written else "roles/pubsub.subscriber"
    yield pubsub.TopicIAMMember(use.id, project=owner, topic=topic, role=role, member=use.member, opts=use.opts)
    if not use.written:
        # Beam makes a subscription of its own to the topic, in the job's project.
        role = "roles/pubsub.editor"
        yield projects.IAMMember(f"{use.id}-own", project=use.project, role=role, member=use.member, opts=use.opts)


def _subscription(use: Use) -> Iterator[pulumi.Resource]:
    _, owner, _, subscription = use.place.split("/")
    for role in ("subscriber", "viewer"):
        yield pubsub.SubscriptionIAMMember(
            f"{use.id}-{role}",
            project=owner,
            subscription=subscription,
            role=f"roles/pubsub.{role}",
            member=use.member,
            opts=use.opts,
        )


def _table(use: Use) -> Iterator[pulumi.Resource]:
    owner, _, table = use.place.rpartition(":")
    yield bigquery.DatasetIamMember(
        use.id,
        project=owner,
        dataset_id=table.partition(".")[0],
        role="roles/bigquery.dataEditor" if use.written else "roles/bigquery.dataViewer",
        member=use.member,
        opts=use.opts,
    )


BY_KIND: Mapping[Kind, Callable[[Use], Iterator[pulumi.Resource]]] = {
    Kind.FILES: _files,
    Kind.TOPIC: _topic,
    Kind.SUBSCRIPTION: _subscription,
    Kind.TABLE: _table,
}
