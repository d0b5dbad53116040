"""The APIs that are served: another is a module with its rows, and its name here."""

from collections.abc import Mapping

from slipway.sandbox.google import (
    accounts,
    appengine,
    billing,
    budgets,
    dataflow,
    logs,
    monitoring,
    networks,
    projects,
    pubsub,
    repositories,
    run,
    scheduler,
    secrets,
    services,
    sql,
)
from slipway.sandbox.google.routing import Api

APIS: Mapping[str, Api] = {
    module.API.name: module.API
    for module in (
        accounts,
        appengine,
        billing,
        budgets,
        dataflow,
        logs,
        monitoring,
        networks,
        projects,
        pubsub,
        repositories,
        run,
        scheduler,
        secrets,
        services,
        sql,
    )
}
"""By the first segment of an address."""
