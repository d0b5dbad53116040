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
    api.name: api
    for api in (
        accounts.API,
        appengine.API,
        billing.API,
        budgets.API,
        dataflow.API,
        logs.API,
        monitoring.API,
        networks.API,
        projects.API,
        pubsub.API,
        repositories.API,
        run.API,
        scheduler.API,
        secrets.API,
        services.API,
        sql.API,
    )
}
"""By the first segment of an address."""
