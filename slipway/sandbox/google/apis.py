"""The APIs that are served: another is a module with its rows, and its name here."""

from collections.abc import Mapping

from slipway.sandbox.google import accounts, billing, dataflow, networks, projects, services
from slipway.sandbox.google.routing import Api

APIS: Mapping[str, Api] = {
    api.name: api for api in (projects.API, services.API, billing.API, accounts.API, networks.API, dataflow.API)
}
"""By the first segment of an address."""
