"""What the provider host serves as the package ``gcp``."""

from importlib.metadata import version

from slipway.sandbox.facts import table
from slipway.sandbox.gcp import (
    accounts,
    appengine,
    bucket_grants,
    buckets,
    cloud_run,
    cloud_run_grants,
    cloud_run_jobs,
    dataflow,
    domain_mappings,
    grants,
    jobs,
    labels,
    networks,
    notifications,
    object_lists,
    objects,
    projects,
    pubsub,
    recorded,
    registry,
    secrets,
    sql,
    traffic,
)
from slipway.sandbox.gcp.cloud import connect
from slipway.sandbox.handler import Package

PACKAGE = Package(
    name="gcp",
    version=version("pulumi-gcp"),
    handlers={
        **projects.HANDLERS,
        **buckets.HANDLERS,
        **objects.HANDLERS,
        **accounts.HANDLERS,
        **grants.HANDLERS,
        **bucket_grants.HANDLERS,
        **appengine.HANDLERS,
        **traffic.HANDLERS,
        **registry.HANDLERS,
        **cloud_run.HANDLERS,
        **cloud_run_grants.HANDLERS,
        **cloud_run_jobs.HANDLERS,
        **networks.HANDLERS,
        **dataflow.HANDLERS,
        **jobs.HANDLERS,
        **sql.HANDLERS,
        **recorded.HANDLERS,
        **pubsub.HANDLERS,
        **secrets.HANDLERS,
        **notifications.HANDLERS,
        **domain_mappings.HANDLERS,
    },
    connect=connect,
    facts=table.of("gcp"),
    settled=frozenset({"project", "region", "zone"}),
    derive=labels.derive,
    invokes={**object_lists.INVOKES, **notifications.INVOKES},
)
